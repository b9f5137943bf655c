/**
 * The n-gram model, and its mixture with another model: a weight for each of its orders.
 * The same as lmkit/models/ngram/ngram.py and lmkit/models/adapters/ngram_mixture.py.
 */

/** @typedef {import('./blob.js').Blob} Blob */
/** @typedef {import('./blob.js').NGramFacts} NGramFacts */
/** @typedef {import('./blob.js').Numbers} Numbers */
/** @typedef {import('./network.js').Prediction} Prediction */
/**
 * @typedef {object} Level N-grams of one order, by the entry of their first words.
 * @property {Numbers} words the last word of each, ascending after one context; empty for order 1
 * @property {Uint32Array} starts where the n-grams of each context begin, and the end of all
 * @property {Float64Array} probs of the last word after the others
 * @property {Float64Array} backOffs part that goes to the shorter context
 */
/**
 * A model over another one.
 * @template S
 * @typedef {import('./network.js').Model<S>} Model
 */

/** A model of counted n-grams; its state is the entry of the n-gram of each length, or -1. */
export class NGram {
  /**
   * @param {Blob} blob
   * @param {NGramFacts} facts
   */
  constructor(blob, facts) {
    this.order = facts.order
    /** @type {Level[]} */
    this.levels = []
    for (let order = 1; order <= facts.order; order++) {
      this.levels.push(readLevel(blob, order, facts.scales[order - 1]))
    }
    this.vocabulary = this.levels[0].probs.length
  }

  /** Return the state of having read nothing. */
  start() {
    return new Int32Array(this.order - 1).fill(-1)
  }

  /**
   * @param {number} id
   * @param {Int32Array} state
   */
  read(id, state) {
    const after = new Int32Array(this.order - 1)
    for (let length = 0; length < after.length; length++) {
      after[length] = length === 0 ? id : find(this.levels[length], state[length - 1], id)
    }
    return after
  }

  /**
   * Return for each order the part of the probability that longer contexts leave to it.
   * @param {Int32Array} state
   */
  left(state) {
    const left = new Float64Array(this.order).fill(1)
    for (let length = this.order - 2; length >= 0; length--) {
      const entry = state[length]
      left[length] = left[length + 1] * (entry < 0 ? 1 : this.levels[length].backOffs[entry])
    }
    return left
  }

  /**
   * Return the probability of every id, the part of each order times a weight.
   * @param {Int32Array} state
   * @param {number[]} weights
   */
  weighted(state, weights) {
    const left = this.left(state)
    const single = this.levels[0].probs
    const taken = new Float64Array(single.length)
    const share = left[0] * weights[0]
    for (let id = 0; id < taken.length; id++) taken[id] = single[id] * share
    /** @type {Map<number, number>} */
    const reached = new Map()
    for (let length = 1; length < this.order; length++) {
      const entry = state[length - 1]
      if (entry < 0) continue
      const level = this.levels[length]
      for (let place = level.starts[entry]; place < level.starts[entry + 1]; place++) {
        const word = level.words[place]
        const now = level.probs[place] * left[length]
        taken[word] += weights[length] * (now - (reached.get(word) ?? single[word] * left[0]))
        reached.set(word, now)
      }
    }
    for (const word of reached.keys()) taken[word] = Math.max(taken[word], 0)
    return taken
  }

  /**
   * Return the probability of one id, the part of each order times a weight.
   * @param {number} id
   * @param {Int32Array} state
   * @param {number[]} weights
   */
  weightedOf(id, state, weights) {
    const left = this.left(state)
    let reached = this.levels[0].probs[id] * left[0]
    let taken = weights[0] * reached
    for (let length = 1; length < this.order; length++) {
      const entry = find(this.levels[length], state[length - 1], id)
      if (entry < 0) continue
      const now = this.levels[length].probs[entry] * left[length]
      taken += weights[length] * (now - reached)
      reached = now
    }
    return Math.max(taken, 0)
  }

  /**
   * Return how much of a prediction is left to another model.
   * @param {Int32Array} state
   * @param {number[]} weights
   */
  leftOver(state, weights) {
    const left = this.left(state)
    let taken = 0
    weights.forEach((weight, order) => {
      taken += weight * Math.max(0, left[order] - (order ? left[order - 1] : 0))
    })
    return 1 - Math.min(taken, 1)
  }
}

/**
 * A model mixed with an n-gram.
 * @template S
 */
export class NGramMixture {
  /**
   * @param {Model<S>} model
   * @param {NGram} ngram
   * @param {number[]} weights of its orders, single words first
   */
  constructor(model, ngram, weights) {
    this.model = model
    this.ngram = ngram
    this.weights = weights
    this.vocabulary = model.vocabulary
  }

  start() {
    return { base: this.model.start(), counted: this.ngram.start() }
  }

  /**
   * @param {number} id
   * @param {{base: S, counted: Int32Array}} state
   */
  read(id, state) {
    const { prediction, state: base } = this.model.read(id, state.base)
    const counted = this.ngram.read(id, state.counted)
    return { prediction: new MixedPrediction(this, prediction, counted), state: { base, counted } }
  }
}

/** A prediction mixed with that of an n-gram. */
class MixedPrediction {
  /**
   * @param {{ngram: NGram, weights: number[]}} mixture
   * @param {Prediction} base
   * @param {Int32Array} counted
   */
  constructor(mixture, base, counted) {
    this.mixture = mixture
    this.base = base
    this.counted = counted
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
    const { ngram, weights } = this.mixture
    const other = ngram.leftOver(this.counted, weights)
    return other * this.base.probOf(id) + ngram.weightedOf(id, this.counted, weights)
  }

  forget() {
    this.known = null
    this.base.forget()
  }

  mixed() {
    const { ngram, weights } = this.mixture
    const other = ngram.leftOver(this.counted, weights)
    const mixed = ngram.weighted(this.counted, weights)
    const probs = this.base.probs()
    for (let id = 0; id < mixed.length; id++) mixed[id] += other * probs[id]
    return mixed
  }
}

/**
 * Return the entry of an n-gram, -1 where it was never counted.
 * @param {Level} level
 * @param {number} context entry of its first words
 * @param {number} word its last one
 */
function find(level, context, word) {
  if (context < 0) return -1
  let low = level.starts[context]
  let high = level.starts[context + 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (level.words[middle] < word) low = middle + 1
    else high = middle
  }
  return low < level.starts[context + 1] && level.words[low] === word ? low : -1
}

/**
 * @param {Blob} blob
 * @param {number} order
 * @param {Record<string, [number, number]>} scales
 * @returns {Level}
 */
function readLevel(blob, order, scales) {
  const part = (/** @type {string} */ name) => blob.array(`ngram.${order}.${name}`)
  const read = (/** @type {string} */ name) => {
    const [low, step] = scales[name]
    return Float64Array.from(part(name), (value) => Math.exp(Math.fround(low + step * value)))
  }
  const probs = read('log_probs')
  const followers = order > 1 ? part('followers') : []
  const starts = new Uint32Array(followers.length + 1)
  for (let i = 0; i < followers.length; i++) starts[i + 1] = starts[i] + followers[i]
  return { words: order > 1 ? part('words') : [], starts, probs, backOffs: read('back_offs') }
}
