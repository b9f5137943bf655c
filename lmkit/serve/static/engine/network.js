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
    this.known ??= softmax(this.network.logits(this.hidden))
    return this.known
  }

  /**
   * Return the probability of one id; those of all others are not kept.
   * @param {number} id
   */
  probOf(id) {
    return this.known ? this.known[id] : probOf(this.network.logits(this.hidden), id)
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
   * Return what the softmax is taken of, for every id.
   * @param {Float32Array} hidden
   */
  logits(hidden) {
    const logits = Float32Array.from(this.headBias)
    this.head.addTo(logits, hidden, 1 / this.facts.temperature)
    return logits
  }
}

/**
 * Return probabilities in proportion to exp(logit).
 * @param {Float32Array} logits
 */
export function softmax(logits) {
  let largest = -Infinity
  for (let i = 0; i < logits.length; i++) if (logits[i] > largest) largest = logits[i]
  const probs = new Float64Array(logits.length)
  let total = 0
  for (let i = 0; i < logits.length; i++) total += probs[i] = Math.exp(logits[i] - largest)
  for (let i = 0; i < probs.length; i++) probs[i] /= total
  return probs
}

/**
 * Return the probability of one id.
 * @param {Float32Array} logits
 * @param {number} id
 */
function probOf(logits, id) {
  let total = 0
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i] - logits[id])
  return 1 / total
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
