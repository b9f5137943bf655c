/**
 * The recurrent network: ids in, hidden states and probabilities out. States are values: reading
 * never changes the one it was given.
 */
import { CELLS, emptyState } from './cells.js'

/** @typedef {import('./products.js').Workspace} Workspace */
/** @typedef {import('./products.js').Matrix} Matrix */
/** @typedef {import('./blob.js').Facts} Facts */
/** @typedef {import('./cells.js').Layer} Layer */
/** @typedef {import('./cells.js').LayerState} LayerState */
/** @typedef {import('./cells.js').Step} Step */
/** @typedef {import('./cells.js').Change} Change */
/** @typedef {LayerState[]} State one a layer, lowest first */

/**
 * A distribution over the next id.
 * @typedef {object} Prediction
 * @property {() => Float64Array} probs the probability of every id; not to be changed
 * @property {(id: number) => number} probOf the probability of one id
 * @property {() => void} forget let go of what can be worked out again
 */
/**
 * A model that can be asked: a network, or adapters over one.
 * @template S
 * @typedef {object} Model
 * @property {number} vocabulary number of ids
 * @property {() => S} start return the state of having read nothing
 * @property {(id: number, state: S) => {prediction: Prediction, state: S}} read
 */

/** A prediction of a network, worked out when it is asked for. */
export class NetworkPrediction {
  /**
   * @param {Network} network
   * @param {Float32Array} hidden what the output layer reads
   */
  constructor(network, hidden) {
    this.network = network
    this.hidden = hidden
    /** @type {Float64Array | null} */
    this.known = null
  }

  /** Return the probability of every id. */
  probs() {
    this.known ??= this.network.probs(this.hidden)
    return this.known
  }

  /**
   * Return the probability of one id; those of all others are not kept.
   * @param {number} id
   */
  probOf(id) {
    return this.known ? this.known[id] : this.network.probOf(this.hidden, id)
  }

  /** Let go of what can be worked out again. */
  forget() {
    this.known = null
  }
}

/** A recurrent language model. */
export class Network {
  /**
   * @param {Workspace} space
   * @param {Facts} facts
   * @param {string} name first part of the names of its arrays
   */
  constructor(space, facts, name) {
    this.space = space
    this.facts = facts
    this.cell = CELLS[facts.cell]
    this.embedding = space.matrix(`${name}.embedding`)
    this.vocabulary = this.embedding.rows
    this.layers = facts.hidden.map((units, depth) => readLayer(space, `${name}.layer${depth}`, units, facts.blocks))
    const has = (/** @type {string} */ part) => space.blob.has(part)
    this.last = has(`${name}.project.last.values`) ? space.matrix(`${name}.project.last`) : null
    this.lower = facts.hidden.map((_, depth) =>
      has(`${name}.project.${depth}.values`) ? space.matrix(`${name}.project.${depth}`) : null)
    this.projectBias = has(`${name}.project.bias`) ? space.vector(`${name}.project.bias`) : null
    this.head = space.matrix(`${name}.head`)
    this.headBias = space.vector(`${name}.head.bias`).map((bias) => bias / facts.temperature)
  }

  /** @returns {State} */
  start() {
    return this.layers.map((layer) => emptyState(layer, this.facts.cell))
  }

  /**
   * Read an id.
   * @param {number} id
   * @param {State} state
   * @returns {{prediction: NetworkPrediction, state: State}}
   */
  read(id, state) {
    const steps = this.steps(id, state)
    const hidden = this.project(steps.map((step) => step.state.h))
    return { prediction: new NetworkPrediction(this, hidden), state: steps.map((step) => step.state) }
  }

  /**
   * Read an id and return the step of every layer, gates and all.
   * @param {number} id
   * @param {State} state
   * @param {(Change | undefined)[]} [changes] of the gates of each layer
   * @returns {Step[]}
   */
  steps(id, state, changes = []) {
    /** @type {Float32Array} */
    let x = this.embedding.row(id)
    return this.layers.map((layer, depth) => {
      const step = this.cell(layer, x, state[depth], changes[depth])
      x = step.state.h
      return step
    })
  }

  /**
   * Return what the output layer reads.
   * @param {Float32Array[]} outputs of each layer, lowest first
   */
  project(outputs) {
    const sum = new Float32Array(this.facts.embedding)
    const top = outputs.length - 1
    outputs.forEach((output, depth) => {
      if (depth < top && this.facts.head_input !== 'sum') return
      const matrix = depth < top ? this.lower[depth] : this.last
      if (matrix) matrix.addTo(sum, output)
      else for (let i = 0; i < sum.length; i++) sum[i] += output[i]
    })
    const bias = this.projectBias
    if (bias) for (let i = 0; i < sum.length; i++) sum[i] += bias[i]
    return sum
  }

  /**
   * Return the probability of every id.
   * @param {Float32Array} hidden
   */
  probs(hidden) {
    const logits = this.logits(hidden)
    const scale = 1 / this.space.exponentials(logits)
    const probs = new Float64Array(logits.length)
    for (let id = 0; id < probs.length; id++) probs[id] = logits[id] * scale
    return probs
  }

  /**
   * Return the probability of one id.
   * @param {Float32Array} hidden
   * @param {number} id
   */
  probOf(hidden, id) {
    const logits = this.logits(hidden)
    const sum = this.space.exponentials(logits)
    return logits[id] / sum
  }

  /**
   * Return what the softmax is taken of, in room that the next product writes over.
   * @param {Float32Array} hidden
   */
  logits(hidden) {
    return this.space.multiply(this.head, this.headBias, hidden, 1 / this.facts.temperature)
  }
}

/**
 * @param {Workspace} space
 * @param {string} name
 * @param {number} units
 * @param {string[]} blocks
 * @returns {Layer}
 */
function readLayer(space, name, units, blocks) {
  const inside = `${name}.bias_candidate`
  return {
    input: space.matrix(`${name}.input`),
    hidden: space.matrix(`${name}.hidden`),
    bias: space.vector(`${name}.bias`),
    biasCandidate: space.blob.has(inside) ? space.vector(inside) : null,
    blocks,
    units,
  }
}
