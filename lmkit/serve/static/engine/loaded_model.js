/**
 * A model put together from its file, and what reads with it: with adapters, alone, and backward.
 */
import { NeuralCache } from './cache.js'
import { Reader } from './context.js'
import { Inside } from './inside.js'
import { Network } from './network.js'
import { NGram, NGramMixture } from './ngram.js'
import { Workspace } from './products.js'
import { Tokenizer } from './tokenizer.js'
import { Turns } from './turns.js'
import { Vocabulary } from './vocabulary.js'

/** @typedef {import('./blob.js').Blob} Blob */
/** @typedef {import('./blob.js').Header} Header */
/** @typedef {import('./network.js').Model<any>} Model */
/** @typedef {{forward: Network | null, backward: Network | null, ngram: NGram | null}} Parts */

/** A model put together from its file: everything that questions are asked of. */
export class LoadedModel {
  /**
   * @param {Header} header
   * @param {Vocabulary} vocabulary
   * @param {Parts} parts
   */
  constructor(header, vocabulary, { forward, backward, ngram }) {
    this.header = header
    this.vocabulary = vocabulary
    this.tokenizer = vocabulary.tokenizer
    this.forward = forward
    this.backward = backward
    this.network = /** @type {Network} */ (forward ?? backward)
    this.ngram = ngram
    const read = (/** @type {Model | null} */ model) => model && new Reader(model, this.tokenizer.lineEndId)
    this.adaptedReader = read(this.forward && this.adapted(this.forward))
    this.aloneReader = read(this.forward)
    this.backwardReader = read(this.backward)
    this.inside = new Inside(this.network, this.vocabulary)
  }

  /**
   * Return a network with all that was fitted with it.
   * @param {Network} network
   * @returns {Model}
   */
  adapted(network) {
    const { cache, ngram } = this.header
    const remembering = cache ? new NeuralCache(network, cache) : network
    return this.ngram && ngram ? new NGramMixture(/** @type {Model} */ (remembering), this.ngram, ngram.weights) : remembering
  }

  /**
   * Return what reads forward.
   * @param {boolean | undefined} alone whether it is the network alone
   */
  reader(alone) {
    const reader = alone ? this.aloneReader : this.adaptedReader
    if (!reader) throw new Error('this model reads backward and can only fill and score; export one that reads forward')
    return reader
  }

  /**
   * Return what reads, each with its weight.
   * @param {boolean | undefined} alone
   */
  directions(alone) {
    const forward = alone ? this.aloneReader : this.adaptedReader
    const both = forward && this.backwardReader
    const found = []
    if (forward) found.push({ reader: forward, isBackward: false, weight: both ? 1 - this.header.weight : 1 })
    if (this.backwardReader) {
      found.push({ reader: this.backwardReader, isBackward: true, weight: both ? this.header.weight : 1 })
    }
    return found
  }

  /**
   * Return the natural logarithm of how frequent words are by themselves; null where that was not
   * counted.
   * @param {string[]} words
   */
  frequency(words) {
    const single = this.ngram?.levels[0].probs
    if (!single) return null
    const ids = words.flatMap((word) => this.tokenizer.encodeInside(` ${word}`))
    return ids.reduce((sum, id) => sum + Math.log(single[id]), 0)
  }

  /**
   * Return about how often tokens stood in the training text; 0 where that was not counted.
   * @param {number[]} ids
   */
  counts(ids) {
    const single = this.ngram?.levels[0].probs
    return ids.map((id) => (single ? Math.round(single[id] * this.header.words) : 0))
  }
}

/**
 * Put a model together, a part at a time, so that the page is never stalled for long.
 * @param {Blob} blob
 * @param {{plain?: boolean}} options plain: never use WebAssembly
 */
export async function loadModel(blob, options) {
  const { header } = blob
  const turns = new Turns()
  const space = new Workspace(blob, options)
  await turns.pause()
  const tokenizer = new Tokenizer(blob)
  await turns.pause()
  const vocabulary = new Vocabulary(tokenizer, /** @type {Uint8Array} */ (blob.array('flags')))
  const networks = []
  for (const name of ['forward', 'backward']) {
    await turns.pause()
    networks.push(header.networks[name] ? new Network(space, header.networks[name], name) : null)
  }
  await turns.pause()
  const ngram = header.ngram ? new NGram(blob, header.ngram) : null
  const [forward, backward] = networks
  return new LoadedModel(header, vocabulary, { forward, backward, ngram })
}
