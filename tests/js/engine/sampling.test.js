import assert from 'node:assert/strict'
import test from 'node:test'
import { filteredContext, FilteredModel, isFiltering } from '../../../lmkit/serve/static/engine/filtered.js'
import { draw, filtered, randomFrom } from '../../../lmkit/serve/static/engine/sampling.js'
import { isClose } from './tiny.js'

const PROBS = Float64Array.of(0.4, 0.1, 0.3, 0.1, 0.1)
const NONE = new Uint8Array(5)

test('without filters all stays as it is', () => {
  assert.deepEqual(filtered(PROBS, NONE, {}), PROBS)
})

test('banned tokens have nothing left', () => {
  assert.deepEqual(filtered(PROBS, Uint8Array.of(1, 0, 0, 0, 0), {}), Float64Array.of(0, 0.1, 0.3, 0.1, 0.1))
})

test('a temperature of 0 keeps the most probable, of equal ones the first', () => {
  assert.deepEqual(filtered(PROBS, NONE, { temperature: 0 }), Float64Array.of(0.4, 0, 0, 0, 0))
  const even = filtered(Float64Array.of(0.5, 0.5), new Uint8Array(2), { temperature: 0 })
  assert.deepEqual(even, Float64Array.of(0.5, 0))
})

test('a temperature is a power of the probabilities', () => {
  const left = filtered(PROBS, NONE, { temperature: 0.5 })
  assert.ok(isClose(left, PROBS.map((prob) => (prob / 0.4) ** 2), 1e-12))
})

test('top_k keeps exactly so many, of equal ones the lower ids', () => {
  assert.deepEqual(filtered(PROBS, NONE, { top_k: 3 }), Float64Array.of(0.4, 0.1, 0.3, 0, 0))
  assert.deepEqual(filtered(PROBS, NONE, { top_k: 9 }), PROBS)
})

test('top_p keeps the fewest that have a mass, one at least', () => {
  assert.deepEqual(filtered(PROBS, NONE, { top_p: 0.6 }), Float64Array.of(0.4, 0, 0.3, 0, 0))
  assert.deepEqual(filtered(PROBS, NONE, { top_p: 1e-9 }), Float64Array.of(0.4, 0, 0, 0, 0))
})

test('min_p keeps those with a part of the best', () => {
  assert.deepEqual(filtered(PROBS, NONE, { min_p: 0.5 }), Float64Array.of(0.4, 0, 0.3, 0, 0))
})

test('tokens are drawn as often as they are probable', () => {
  const random = randomFrom(1)
  const counts = [0, 0, 0, 0, 0]
  for (let i = 0; i < 20000; i++) counts[draw(PROBS, random)] += 1 / 20000
  assert.ok(isClose(counts, PROBS, 0.015))
})

test('nothing is drawn where nothing is left', () => {
  assert.equal(draw(new Float64Array(3), randomFrom(1)), -1)
})

test('equal seeds give equal numbers, in 0 to 1', () => {
  const [one, two, other] = [randomFrom(5), randomFrom(5), randomFrom(6)]
  const numbers = Array.from({ length: 50 }, one)
  assert.deepEqual(Array.from({ length: 50 }, two), numbers)
  assert.notDeepEqual(Array.from({ length: 50 }, other), numbers)
  assert.ok(numbers.every((number) => number >= 0 && number < 1))
})

test('a filtered context sums to 1', () => {
  const prediction = { probs: () => PROBS, probOf: (/** @type {number} */ id) => PROBS[id], forget() {} }
  const model = { vocabulary: 5, start: () => 0, read: () => ({ prediction, state: 0 }) }
  const left = filteredContext({ prediction, state: 0 }, { top_k: 2 }).prediction
  assert.ok(isClose(left.probs(), [4 / 7, 0, 3 / 7, 0, 0], 1e-12))
  assert.ok(Math.abs(new FilteredModel(model, { top_k: 2 }).read(1, 0).prediction.probOf(2) - 3 / 7) < 1e-12)
})

test('settings that change nothing are no filters', () => {
  assert.equal(isFiltering({}), false)
  assert.equal(isFiltering({ temperature: 1, top_k: 0, top_p: 1, min_p: 0 }), false)
  for (const sampling of [{ temperature: 0.7 }, { top_k: 3 }, { top_p: 0.9 }, { min_p: 0.1 }]) {
    assert.equal(isFiltering(sampling), true)
  }
})
