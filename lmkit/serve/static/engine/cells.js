/**
 * Equations of the recurrent cells, one step each, with every gate in view.
 * The same as those of lmkit/nn/cells: lstm.py, gru.py, elman.py.
 */

/** @typedef {import('./products.js').Matrix} Matrix */
/**
 * @typedef {object} Layer
 * @property {Matrix} input weights of the input
 * @property {Matrix} hidden weights of the hidden state before
 * @property {Float32Array} bias
 * @property {Float32Array | null} biasCandidate of a GRU, inside its reset gate
 * @property {string[]} blocks rows of the weights, in order
 * @property {number} units
 */
/** @typedef {{h: Float32Array, c: Float32Array | null}} LayerState */
/** @typedef {Record<string, Float32Array>} Gates by name, the candidate among them */
/** @typedef {{state: LayerState, gates: Gates}} Step */
/** @typedef {(gates: Gates) => void} Change changes gates before the cell uses them */
/** @typedef {(layer: Layer, x: Float32Array, before: LayerState, change?: Change) => Step} Cell */

/** @type {Record<string, Cell>} */
export const CELLS = { lstm: stepLSTM, gru: stepGRU, elman: stepElman, elman_relu: stepElmanReLU }

/**
 * Return the state of having read nothing.
 * @param {Layer} layer
 * @param {string} cell
 * @returns {LayerState}
 */
export function emptyState(layer, cell) {
  return { h: new Float32Array(layer.units), c: cell === 'lstm' ? new Float32Array(layer.units) : null }
}

/** @type {Cell} */
function stepLSTM(layer, x, before, change) {
  const { space } = layer.input
  const gates = named(layer, summed(layer, x, before.h))
  const { input, forget, output, candidate } = gates
  for (const gate of [input, forget, output]) space.squash(gate, 'logistic')
  space.squash(candidate, 'tanh')
  if (change) change(gates)
  const h = new Float32Array(layer.units)
  const c = new Float32Array(layer.units)
  const old = /** @type {Float32Array} */ (before.c)
  for (let unit = 0; unit < layer.units; unit++) {
    c[unit] = forget[unit] * old[unit] + input[unit] * candidate[unit]
  }
  h.set(c)
  space.squash(h, 'tanh')
  for (let unit = 0; unit < layer.units; unit++) h[unit] *= output[unit]
  return { state: { h, c }, gates }
}

/** @type {Cell} */
function stepGRU(layer, x, before, change) {
  const { space } = layer.input
  const read = Float32Array.from(layer.bias)
  layer.input.addTo(read, x)
  const remembered = new Float32Array(read.length)
  layer.hidden.addTo(remembered, before.h)
  const gates = named(layer, read)
  const old = named(layer, remembered)
  const inside = /** @type {Float32Array} */ (layer.biasCandidate)
  const h = new Float32Array(layer.units)
  for (const gate of ['reset', 'update']) {
    for (let unit = 0; unit < layer.units; unit++) gates[gate][unit] += old[gate][unit]
    space.squash(gates[gate], 'logistic')
  }
  if (change) change(gates)
  const { reset, update, candidate } = gates
  for (let unit = 0; unit < layer.units; unit++) {
    candidate[unit] += reset[unit] * (old.candidate[unit] + inside[unit])
  }
  space.squash(candidate, 'tanh')
  for (let unit = 0; unit < layer.units; unit++) {
    h[unit] = update[unit] * before.h[unit] + (1 - update[unit]) * candidate[unit]
  }
  return { state: { h, c: null }, gates }
}

/** @type {Cell} */
function stepElman(layer, x, before) {
  const h = summed(layer, x, before.h)
  layer.input.space.squash(h, 'tanh')
  return { state: { h, c: null }, gates: { candidate: h } }
}

/** @type {Cell} */
function stepElmanReLU(layer, x, before) {
  const h = summed(layer, x, before.h).map((value) => Math.max(0, value))
  return { state: { h, c: null }, gates: { candidate: h } }
}

/**
 * Return bias + input weights * x + hidden weights * h.
 * @param {Layer} layer
 * @param {Float32Array} x
 * @param {Float32Array} h
 */
function summed(layer, x, h) {
  const sums = Float32Array.from(layer.bias)
  layer.input.addTo(sums, x)
  layer.hidden.addTo(sums, h)
  return sums
}

/**
 * Return the part of each block of rows, by name; no copies.
 * @param {Layer} layer
 * @param {Float32Array} sums
 * @returns {Gates}
 */
function named(layer, sums) {
  /** @type {Gates} */
  const gates = {}
  layer.blocks.forEach((name, place) => {
    gates[name] = sums.subarray(place * layer.units, (place + 1) * layer.units)
  })
  return gates
}
