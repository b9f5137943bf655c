import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scaleOfReasons } from '../../../lmkit/serve/static/parts/reasons.js'
import { drawnWords, isFiltering, percent } from '../../../lmkit/serve/static/parts/sampling.js'
import { change, correlation, highTokens, mean, orderedUnits, rowOf } from '../../../lmkit/serve/static/parts/unit_orders.js'
import { bestMatches, highUnits, limitsOf, sharesOf } from '../../../lmkit/serve/static/parts/matches.js'
import { deep, flat, FRONT, readable } from '../../../lmkit/serve/static/parts/projection.js'
import { familyOf, stepsOf, termsOf, total } from '../../../lmkit/serve/static/parts/cell_steps.js'
import { toCsv } from '../../../lmkit/serve/static/parts/csv.js'
import { HttpEngine } from '../toy/http_engine.js'

const words = [0.5, 0.3, 0.15, 0.05].map((probability, index) => ({ word: 'abcd'[index], probability }))

test('without filters every word keeps its probability', () => {
  assert.deepEqual(drawnWords(words).map((one) => one.drawn), [0.5, 0.3, 0.15, 0.05])
  assert.ok(drawnWords(words).every((one) => !one.cut))
})

test('words that the filters leave out are cut, and keep what the model gave them', () => {
  const left = [{ word: 'a', probability: 0.7 }, { word: 'b', probability: 0.3 }]
  const found = drawnWords(words, left)
  assert.deepEqual(found.map((one) => one.cut), [false, false, true, true])
  assert.deepEqual(found.map((one) => one.drawn), [0.7, 0.3, 0, 0])
  assert.deepEqual(found.map((one) => one.probability), [0.5, 0.3, 0.15, 0.05])
})

test('settings that change nothing are known', () => {
  assert.equal(isFiltering({ temperature: 1, top_k: 0, top_p: 1 }), false)
  assert.ok([{ temperature: 0.9 }, { top_k: 1 }, { top_p: 0.9 }].every((one) => isFiltering({ temperature: 1, top_k: 0, top_p: 1, ...one })))
})

test('probabilities are written with as many digits as are read', () => {
  assert.deepEqual([1, 0.123, 0.0995, 0.05, 0.0123, 0.0001, 0].map(percent), ['100%', '12%', '10%', '5%', '1.2%', '<0.1%', '0%'])
})

// rows of three units: constant, rising, falling
const grid = { values: Float32Array.from([0.5, 0, 1, 0.5, 0.4, 0.5, 0.5, 1, 0]), units: 3, tokens: 3 }
const choice = { token: 2, unit: 1, pinned: /** @type {number[]} */ ([]), least: -Infinity }

test('units are ordered by each measure', () => {
  assert.deepEqual(orderedUnits(grid, 'number', choice), [0, 1, 2])
  assert.deepEqual(orderedUnits(grid, 'word', choice), [1, 0, 2])
  assert.deepEqual(orderedUnits(grid, 'change', choice), [1, 2, 0])
  assert.deepEqual(orderedUnits(grid, 'like', choice), [1, 0, 2])
  assert.deepEqual(orderedUnits(grid, 'mean', choice)[2], 1)
})

test('pinned units stand first, and stay when others are left out', () => {
  assert.deepEqual(orderedUnits(grid, 'number', { ...choice, pinned: [2] }), [2, 0, 1])
  assert.deepEqual(orderedUnits(grid, 'number', { ...choice, pinned: [2], least: 0.9 }), [2, 1])
})

test('rows, means, changes and correlations', () => {
  assert.deepEqual([...rowOf(grid, 1)], [0, Math.fround(0.4), 1])
  assert.equal(mean([1, 2, 3]), 2)
  assert.equal(change([0, 1, 0]), 1)
  assert.equal(correlation([1, 2, 3], [2, 4, 6]).toFixed(6), '1.000000')
  assert.equal(correlation([1, 1], [1, 2]), 0)
})

test('a unit is high where it is above a part of its own range, highest first', () => {
  assert.deepEqual(highTokens([0, 0.9, 0.2, 1], 0.75), [3, 1])
  assert.deepEqual(highTokens([0.5, 0.5], 0.75), [])
})

test('units that are high at all picked words are found, and where else they are', () => {
  const one = { values: Float32Array.from([1, 0, 0, 1, 1, 1, 0, 0, 1, 0]), units: 2, tokens: 5 }
  const limits = limitsOf([one], 0.7)
  assert.deepEqual(highUnits(one, [0], limits, false), [0])
  assert.deepEqual(highUnits(one, [2], limits, false), [0, 1])
  assert.deepEqual(highUnits(one, [2], limits, true), [0])
  assert.deepEqual(highUnits(one, [], limits, false), [])
  assert.deepEqual([...sharesOf(one, [0, 1], limits)], [0.5, 0.5, 1, 0, 0.5])
})

test('matches do not overlap each other nor the picked words', () => {
  const found = bestMatches([1, 0.5, 1, 0.8, 0], 1, { most: 2, without: new Set([0]) })
  assert.deepEqual(found.map((one) => one.first), [2, 3])
  const longer = bestMatches([1, 1, 1, 1, 0], 2, { most: 9, without: new Set() })
  assert.deepEqual(longer.map((one) => [one.first, one.last]), [[0, 1], [2, 3]])
})

test('the cell of a drawing obeys the equations of the LSTM', async () => {
  const unit = await new HttpEngine().unit('the cat sat', { unit: 3, token: 2 })
  assert.equal(familyOf(unit), 'lstm')
  assert.deepEqual(stepsOf(unit).map((step) => step.name), ['read', 'forget', 'input', 'candidate', 'cell', 'output', 'hidden'])
  const cell = stepsOf(unit)[4].addends?.reduce((sum, one) => sum + one.value, 0)
  assert.ok(Math.abs(/** @type {number} */ (cell) - unit.cell) < 1e-9)
  const { bias, input, recurrent } = termsOf(unit, 'forget')
  assert.ok(Math.abs(1 / (1 + Math.exp(-bias - total(input) - total(recurrent))) - unit.gates.forget.value) < 1e-9)
})

test('a GRU and an Elman cell have drawings of their own', () => {
  const sum = { bias: 0, input: [1], recurrent: [1], value: 0.5 }
  const gru = { gates: { reset: sum, update: sum, candidate: sum }, x: [1], h: [1], cell_before: 1, cell: 0.75, hidden: 0.75 }
  assert.deepEqual(stepsOf(gru).map((step) => step.name), ['read', 'reset', 'update', 'candidate', 'hidden'])
  assert.deepEqual(termsOf(gru, 'candidate').recurrent, [0.5])
  assert.deepEqual(stepsOf({ ...gru, gates: { candidate: sum } }).map((step) => step.name), ['read', 'hidden'])
})

test('points of the map stay on the screen', () => {
  const size = { width: 400, height: 300 }
  const two = Float32Array.from([0, 0, 1, 1, -1, 1, 1, -1])
  for (const { x, y } of flat(two, FRONT, size)) assert.ok(x >= 0 && x <= 400 && y >= 0 && y <= 300)
  const three = Float32Array.from([1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1])
  for (let turn = 0; turn < 7; turn += 0.5) {
    for (const { x, y, depth } of deep(three, { ...FRONT, turn }, size)) {
      assert.ok(x >= 0 && x <= 400 && y >= 0 && y <= 300 && depth >= 0 && depth <= 1)
    }
  }
})

test('labels that would cover another are not written', () => {
  const places = [{ x: 10, y: 50, depth: 1 }, { x: 14, y: 52, depth: 1 }, { x: 10, y: 90, depth: 1 }]
  assert.deepEqual(readable(places, [0, 1, 2], () => 30, { width: 200, height: 200 }), [0, 2])
})

test('reasons of fillings are compared with their mean; an unknown frequency counts as nothing', () => {
  const filling = (/** @type {number} */ left) => ({ words: ['a'], text: '', probability: 1, why: { left, right: 0, frequency: null } })
  const { mean: middle, most } = scaleOfReasons([filling(-1), filling(-3)])
  assert.deepEqual([middle.left, most], [-2, 1])
})

test('fields of a table are quoted where they must be', () => {
  assert.equal(toCsv([['a', 1], ['x,"y"', '\n']]), 'a,1\r\n"x,""y""","\n"\r\n')
})
