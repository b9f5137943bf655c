/**
 * The engine that computes in the page, with the model that the document holds. It asks nothing of
 * any network. Its interface is that of engine.js.
 */
import { readBase64 } from './blob.js'
import { Reader } from './context.js'
import { fillText } from './fill.js'
import { FilteredModel, filteredContext, isFiltering } from './filtered.js'
import { continueText } from './generate.js'
import { loadModel } from './loaded_model.js'
import { bestGuesses, completeWord, nextWords, splitBegun } from './next_words.js'
import { scoreText } from './score.js'
import { Turns } from './turns.js'
import { withKnownVariants } from './unknown_words.js'
import { analogous, idOf, nearest, wordMap } from './vectors.js'
import { endsInLetter } from './vocabulary.js'

/** @typedef {import('./blob.js').Blob} Blob */
/** @typedef {import('./loaded_model.js').LoadedModel} LoadedModel */
/** @typedef {import('./sampling.js').Sampling} Sampling */
/** @typedef {import('../engine.js').Options} Options */
/** @typedef {import('../engine.js').ModelFacts} ModelFacts */

const WORDS = 5 // listed where no number is asked for
const WRITTEN = 20 // words written where no number is asked for
const MAPPED = 500 // words of a map where no number is asked for

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
    this.loading ??= this.load().then((blob) => loadModel(blob, this.options))
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
