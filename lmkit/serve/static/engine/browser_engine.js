/**
 * The engine that computes in the page, with the model that the document holds. It asks nothing of
 * any network. Its interface is that of engine.js.
 */
import { readBase64 } from './blob.js'
import { NeuralCache } from './cache.js'
import { Reader } from './context.js'
import { fillText } from './fill.js'
import { FilteredModel, filteredContext, isFiltering } from './filtered.js'
import { continueText } from './generate.js'
import { Inside } from './inside.js'
import { Network } from './network.js'
import { bestGuesses, completeWord, nextWords, splitBegun } from './next_words.js'
import { NGram, NGramMixture } from './ngram.js'
import { Workspace } from './products.js'
import { scoreText } from './score.js'
import { Tokenizer } from './tokenizer.js'
import { Turns } from './turns.js'
import { withKnownVariants } from './unknown_words.js'
import { analogous, idOf, nearest, wordMap } from './vectors.js'
import { endsInLetter, Vocabulary } from './vocabulary.js'

/** @typedef {import('./blob.js').Blob} Blob */
/** @typedef {import('./network.js').Model<any>} Model */
/** @typedef {import('./sampling.js').Sampling} Sampling */
/** @typedef {import('../engine.js').Options} Options */
/** @typedef {import('../engine.js').ModelFacts} ModelFacts */

const WORDS = 5 // listed where no number is asked for
const WRITTEN = 20 // words written where no number is asked for
const MAPPED = 500 // words of a map where no number is asked for

/** A model put together from its file: everything that questions are asked of. */
class LoadedModel {
  /**
   * @param {Blob} blob
   * @param {{plain?: boolean}} options
   */
  constructor(blob, options) {
    const { header } = blob
    this.header = header
    this.space = new Workspace(blob, options)
    this.tokenizer = new Tokenizer(blob)
    this.vocabulary = new Vocabulary(this.tokenizer, /** @type {Uint8Array} */ (blob.array('flags')))
    const network = (/** @type {string} */ name) =>
      header.networks[name] ? new Network(this.space, header.networks[name], name) : null
    this.forward = network('forward')
    this.backward = network('backward')
    this.network = /** @type {Network} */ (this.forward ?? this.backward)
    this.ngram = header.ngram ? new NGram(blob, header.ngram) : null
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

/** Engine of the page that holds a model. */
export class BrowserEngine {
  /**
   * @param {() => Promise<Blob>} [load] reads the model; the document's, where left out
   * @param {{plain?: boolean}} [options] plain: never use WebAssembly
   */
  constructor(load = readDocument, options = {}) {
    /** @type {'browser'} */
    this.name = 'browser'
    this.load = load
    this.options = options
    /** @type {Promise<LoadedModel> | null} */
    this.loading = null
  }

  /** @returns {Promise<LoadedModel>} */
  model() {
    this.loading ??= this.load().then((blob) => new LoadedModel(blob, this.options))
    return this.loading
  }

  /** @returns {Promise<ModelFacts[]>} */
  async models() {
    const { header, network } = await this.model()
    const { cell, hidden } = network.facts
    const parameters = Object.values(header.networks).reduce((sum, facts) => sum + facts.parameters, 0)
    return [{
      id: header.id, unit: header.tokenizer.unit, cell, layers: hidden.length, hidden: hidden[0],
      vocabulary: header.vocabulary, direction: header.direction, parameters, card: header.card,
    }]
  }

  /**
   * @param {string} text
   * @param {Options} [options]
   */
  async next(text, { k = WORDS, alone, signal, ...sampling } = {}) {
    const { model, turns } = await this.ask(signal)
    return { text, words: await this.nextAfter(model, text, { k, alone, turns, sampling }) }
  }

  /**
   * @param {string} text
   * @param {Options} [options]
   */
  async complete(text, { k = WORDS, alone, signal } = {}) {
    const { model, turns } = await this.ask(signal)
    const begun = splitBegun(text)
    if (!begun.prefix) return { text, words: await this.nextAfter(model, text, { k, alone, turns, sampling: {} }) }
    const reader = model.reader(alone)
    const context = await reader.read(idsOf(model, begun.before), turns)
    const words = await completeWord({ reader, vocabulary: model.vocabulary, context, k, turns }, begun)
    return { text, words }
  }

  /**
   * @param {string} text
   * @param {Options} [options]
   */
  async fill(text, { k = WORDS, alone, signal } = {}) {
    const { model, turns } = await this.ask(signal)
    const frequency = model.frequency.bind(model)
    return fillText(model.directions(alone), model.vocabulary, text, { k, turns, frequency })
  }

  /**
   * @param {string} text
   * @param {Options & {expected?: number}} [options]
   */
  async score(text, { alone, signal, k = 0, expected = k } = {}) {
    const { model, turns } = await this.ask(signal)
    const [{ reader, isBackward }] = model.directions(alone)
    return scoreText(reader, model.vocabulary, text, { isBackward, turns, expected })
  }

  /**
   * @param {string} text
   * @param {Options} [options]
   */
  async generate(text, { words = WRITTEN, seed = 0, alone, signal, ...sampling } = {}) {
    const { model, turns } = await this.ask(signal)
    const known = withKnownVariants(model.tokenizer, text)
    const options = { words, seed, sampling, turns }
    return { text: await continueText(model.reader(alone), model.vocabulary, known, options) }
  }

  /**
   * @param {string} text
   * @param {Options} [options]
   */
  async trace(text, { from = 0, signal } = {}) {
    const { model, turns } = await this.ask(signal)
    return model.inside.trace(text, from, turns)
  }

  /**
   * @param {string} text
   * @param {Options} [options]
   */
  async force(text, { forces = [], k = WORDS, signal } = {}) {
    const { model, turns } = await this.ask(signal)
    return model.inside.force(text, forces, { k, turns })
  }

  /**
   * @param {string} text
   * @param {Options} [options]
   */
  async unit(text, { layer = 1, unit = 0, token = 0, signal } = {}) {
    const { model, turns } = await this.ask(signal)
    return model.inside.unit(text, { layer, unit, token }, turns)
  }

  /** @param {Options} [options] */
  async vectors({ count = MAPPED, signal } = {}) {
    const { model, turns } = await this.ask(signal)
    const { ids, words, two, three } = await wordMap(model.network, model.vocabulary, { count, turns })
    return { words, counts: model.counts(ids), two, three }
  }

  /**
   * @param {string} word
   * @param {Options} [options]
   */
  async neighbours(word, { k = WORDS, signal } = {}) {
    const { model, turns } = await this.ask(signal)
    const id = idOf(model.vocabulary, word)
    const toward = model.network.embedding.row(id)
    return { words: await nearest(model.network, model.vocabulary, toward, { exclude: [id], k, turns }) }
  }

  /**
   * @param {string[]} words three: a is to b as c is to ...
   * @param {Options} [options]
   */
  async analogy(words, { k = WORDS, signal } = {}) {
    const { model, turns } = await this.ask(signal)
    if (words.length !== 3) throw new Error(`an analogy needs three words, e.g. dog dogs cat; got ${words.length}`)
    const ids = words.map((word) => idOf(model.vocabulary, word))
    const toward = analogous(model.network, ids)
    return { words: await nearest(model.network, model.vocabulary, toward, { exclude: ids, k, turns }) }
  }

  /** @param {AbortSignal} [signal] */
  async ask(signal) {
    const model = await this.model()
    return { model, turns: new Turns(signal) }
  }

  /**
   * @param {LoadedModel} model
   * @param {string} text
   * @param {{k: number, alone: boolean | undefined, turns: Turns, sampling: Sampling}} options
   */
  async nextAfter(model, text, { k, alone, turns, sampling }) {
    let reader = model.reader(alone)
    let context = await reader.read(idsOf(model, text), turns)
    if (isFiltering(sampling)) {
      context = filteredContext(context, sampling)
      reader = new Reader(new FilteredModel(reader.model, sampling), reader.lineEndId)
    }
    const asked = { reader, vocabulary: model.vocabulary, context, k, turns }
    return bestGuesses(await nextWords(asked, endsInLetter(text)), k)
  }
}

/**
 * Return the ids of a text; an unknown word of it is read as its known variant.
 * @param {LoadedModel} model
 * @param {string} text
 */
function idsOf({ tokenizer }, text) {
  return tokenizer.encode(withKnownVariants(tokenizer, text))
}

/** Read the model that the document holds. */
async function readDocument() {
  const held = document.getElementById('model')?.textContent
  if (!held) throw new Error('this page holds no model; export one with lmkit export --to html')
  const turns = new Turns()
  return readBase64(held, () => turns.pause())
}
