/**
 * The neural cache (Grave 2016): words that followed similar hidden states come back.
 * The same as lmkit/models/adapters/neural_cache.py. Entries are a chain, newest first, so that
 * states which go on from one text share it.
 */

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./network.js').NetworkPrediction} NetworkPrediction */
/** @typedef {import('./network.js').State} State */
/** @typedef {import('./blob.js').CacheFacts} CacheFacts */
/**
 * @typedef {object} Entry A hidden state and the word that came after it.
 * @property {Float32Array} hidden
 * @property {number} word
 * @property {Entry | null} before
 * @property {number} count of entries up to here
 */
/** @typedef {{base: State, entries: Entry | null, latest: Float32Array | null}} CacheState */

/** A network that remembers the text it reads. */
export class NeuralCache {
  /**
   * @param {Network} network
   * @param {CacheFacts} facts
   */
  constructor(network, facts) {
    this.network = network
    this.facts = facts
    this.vocabulary = network.vocabulary
  }

  /** @returns {CacheState} */
  start() {
    return { base: this.network.start(), entries: null, latest: null }
  }

  /**
   * @param {number} id
   * @param {CacheState} state
   */
  read(id, state) {
    const { prediction, state: base } = this.network.read(id, state.base)
    const before = state.entries
    const entries = state.latest
      ? { hidden: state.latest, word: id, before, count: (before?.count ?? 0) + 1 } : before
    return {
      prediction: new CachePrediction(prediction, entries, this.facts),
      state: { base, entries, latest: prediction.hidden },
    }
  }
}

/** A prediction mixed with the words after similar hidden states. */
class CachePrediction {
  /**
   * @param {NetworkPrediction} base
   * @param {Entry | null} entries
   * @param {CacheFacts} facts
   */
  constructor(base, entries, facts) {
    this.base = base
    this.entries = entries
    this.facts = facts
    /** @type {Float64Array | null} */
    this.known = null
  }

  probs() {
    this.known ??= this.mixed()
    return this.known
  }

  /** @param {number} id */
  probOf(id) {
    if (this.known) return this.known[id]
    const { words, parts, weight } = this.remembered()
    return this.base.probOf(id) * (1 - weight) +
      parts.reduce((sum, part, place) => (words[place] === id ? sum + part : sum), 0)
  }

  forget() {
    this.known = null
    this.base.forget()
  }

  mixed() {
    const { words, parts, weight } = this.remembered()
    const mixed = this.base.probs().slice()
    for (let id = 0; id < mixed.length; id++) mixed[id] *= 1 - weight
    parts.forEach((part, place) => {
      mixed[words[place]] += part
    })
    return mixed
  }

  /** Return the words that are remembered, the probability each adds, and the weight of all. */
  remembered() {
    const seen = this.entries?.count ?? 0
    const weight = this.facts.weight * Math.min(1, seen / this.facts.ramp)
    if (!weight) return { words: [], parts: [], weight: 0 }
    const { words, scores } = this.scores()
    const largest = scores.reduce((best, score) => Math.max(best, score), -Infinity)
    const parts = scores.map((score) => Math.exp(score - largest))
    const total = parts.reduce((sum, part) => sum + part, 0)
    return { words, parts: parts.map((part) => (weight * part) / total), weight }
  }

  /** Return the words that are remembered, and how much each speaks now. */
  scores() {
    const { window, theta, decay } = this.facts
    const now = this.base.hidden
    /** @type {number[]} */
    const words = []
    /** @type {number[]} */
    const scores = []
    let entry = this.entries
    for (let age = 1; entry && age <= window; age++) {
      let likeness = 0
      for (let i = 0; i < now.length; i++) likeness += now[i] * entry.hidden[i]
      words.push(entry.word)
      scores.push(theta * likeness - decay * age)
      entry = entry.before
    }
    return { words, scores }
  }
}
