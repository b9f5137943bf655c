/**
 * A model asked through the filters of the draw: the distribution that texts are drawn from.
 */
import { filtered } from './sampling.js'

/** @typedef {import('./network.js').Prediction} Prediction */
/** @typedef {import('./network.js').Model<any>} Model */
/** @typedef {import('./sampling.js').Sampling} Sampling */
/** @typedef {import('./context.js').Context} Context */

/** A model whose predictions are filtered as tokens are before they are drawn. */
export class FilteredModel {
  /**
   * @param {Model} model
   * @param {Sampling} sampling
   */
  constructor(model, sampling) {
    this.model = model
    this.sampling = sampling
    this.vocabulary = model.vocabulary
  }

  start() {
    return this.model.start()
  }

  /**
   * @param {number} id
   * @param {any} state
   */
  read(id, state) {
    return filteredContext(this.model.read(id, state), this.sampling)
  }
}

/**
 * Tell whether filters would change anything.
 * @param {Sampling} sampling
 */
export function isFiltering({ temperature = 1, top_k = 0, top_p = 1, min_p = 0 }) {
  return temperature !== 1 || top_k > 0 || top_p < 1 || min_p > 0
}

/**
 * Return a context whose prediction is filtered; what is left sums to 1.
 * @param {Context} context
 * @param {Sampling} sampling
 * @returns {Context}
 */
export function filteredContext({ prediction, state }, sampling) {
  const probs = filtered(prediction.probs(), new Uint8Array(prediction.probs().length), sampling)
  const total = probs.reduce((sum, prob) => sum + prob, 0)
  const shared = probs.map((prob) => prob / total)
  return { prediction: { probs: () => shared, probOf: (id) => shared[id], forget: () => {} }, state }
}
