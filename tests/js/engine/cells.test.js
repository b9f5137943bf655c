import assert from 'node:assert/strict'
import test from 'node:test'
import { CELLS, emptyState } from '../../../lmkit/serve/static/engine/cells.js'
import { Network } from '../../../lmkit/serve/static/engine/network.js'
import { Workspace } from '../../../lmkit/serve/static/engine/products.js'
import { isClose, slowProduct, tinyBlob } from './tiny.js'

const sigmoid = (/** @type {number} */ value) => 1 / (1 + Math.exp(-value))

/** @param {string} cell */
function layerOf(cell) {
  const blob = tinyBlob({ cell })
  return new Network(new Workspace(blob), blob.header.networks.forward, 'forward').layers[0]
}

/**
 * Return the sums of a layer by the slow way, of the input and of the hidden state apart.
 * @param {import('../../../lmkit/serve/static/engine/cells.js').Layer} layer
 * @param {Float32Array} x
 * @param {Float32Array} h
 */
function sums(layer, x, h) {
  const read = slowProduct(layer.input, x).map((sum, row) => sum + layer.bias[row])
  const old = slowProduct(layer.hidden, h)
  const part = (/** @type {number[]} */ all, /** @type {string} */ name) => {
    const start = layer.blocks.indexOf(name) * layer.units
    return all.slice(start, start + layer.units)
  }
  return { of: (/** @type {string} */ name) => part(read.map((sum, i) => sum + old[i]), name), read: (/** @type {string} */ name) => part(read, name), old: (/** @type {string} */ name) => part(old, name) }
}

const x = Float32Array.of(0.3, -0.2, 0.9, -1, 0.1, 0.5, 0.7)
const h = Float32Array.of(0.5, -0.5, 0.25, 0.1, -0.9, 0.3)
const c = Float32Array.of(1, -1, 0.5, 2, 0, -0.2)

test('a step of the LSTM is that of its equations', () => {
  const layer = layerOf('lstm')
  const { state, gates } = CELLS.lstm(layer, x, { h, c })
  const { of } = sums(layer, x, h)
  const [input, forget, output] = ['input', 'forget', 'output'].map((name) => of(name).map(sigmoid))
  const candidate = of('candidate').map(Math.tanh)
  const cell = Array.from(c, (old, i) => forget[i] * old + input[i] * candidate[i])
  assert.ok(isClose(gates.forget, forget, 1e-4))
  assert.ok(isClose(gates.candidate, candidate, 1e-4))
  assert.ok(isClose(/** @type {Float32Array} */ (state.c), cell, 1e-4))
  assert.ok(isClose(state.h, cell.map((value, i) => output[i] * Math.tanh(value)), 1e-4))
})

test('a step of the GRU has its reset gate inside', () => {
  const layer = layerOf('gru')
  const { state, gates } = CELLS.gru(layer, x, { h, c: null })
  const { of, read, old } = sums(layer, x, h)
  const [reset, update] = ['reset', 'update'].map((name) => of(name).map(sigmoid))
  const inside = /** @type {Float32Array} */ (layer.biasCandidate)
  const candidate = read('candidate').map((sum, i) => Math.tanh(sum + reset[i] * (old('candidate')[i] + inside[i])))
  assert.ok(isClose(gates.reset, reset, 1e-4))
  assert.ok(isClose(gates.candidate, candidate, 1e-4))
  assert.ok(isClose(state.h, candidate.map((value, i) => update[i] * h[i] + (1 - update[i]) * value), 1e-4))
})

test('a step of the simple network is one sum, squashed or cut at zero', () => {
  const layer = layerOf('elman')
  const sum = sums(layer, x, h).of('candidate')
  assert.ok(isClose(CELLS.elman(layer, x, { h, c: null }).state.h, sum.map(Math.tanh), 1e-4))
  const cut = CELLS.elman_relu(layer, x, { h, c: null })
  assert.ok(isClose(cut.state.h, sum.map((value) => Math.max(0, value)), 1e-4))
  assert.equal(cut.gates.candidate, cut.state.h)
})

test('a step changes neither its input nor the state before', () => {
  for (const cell of Object.keys(CELLS)) {
    const layer = layerOf(cell)
    const before = { h: h.slice(), c: cell === 'lstm' ? c.slice() : null }
    const input = x.slice()
    CELLS[cell](layer, input, before)
    assert.deepEqual([input, before.h], [x, h])
    if (before.c) assert.deepEqual(before.c, c)
  }
})

test('a change of the gates takes part in the step', () => {
  const layer = layerOf('lstm')
  const shut = CELLS.lstm(layer, x, { h, c }, (gates) => { gates.output.fill(0) })
  assert.ok(isClose(shut.state.h, new Float32Array(6), 0))
  const kept = CELLS.lstm(layer, x, { h, c }, (gates) => { gates.forget.fill(1); gates.input.fill(0) })
  assert.ok(isClose(/** @type {Float32Array} */ (kept.state.c), c, 0))
})

test('only the LSTM has a cell state', () => {
  assert.deepEqual(emptyState(layerOf('lstm'), 'lstm').c, new Float32Array(6))
  assert.equal(emptyState(layerOf('gru'), 'gru').c, null)
})
