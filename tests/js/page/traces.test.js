import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTrace } from '../../../lmkit/serve/static/http_engine.js'
import { joined, partsOf, reusableTokens, Traces } from '../../../lmkit/serve/static/parts/traces.js'
import { HttpEngine } from '../toy/http_engine.js'

/** @param {object} header @param {number[]} body */
function packed(header, body) {
  const head = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(4 + head.length + body.length)
  new DataView(bytes.buffer).setUint32(0, head.length, true)
  bytes.set(head, 4)
  bytes.set(body, 4 + head.length)
  return bytes.buffer
}

test('a trace of bytes becomes numbers between its lowest and highest', () => {
  const parts = ['forget', 'candidate', 'cell', 'hidden'].map((name, index) => ({ name, offset: 4 * index, low: -1, high: 1 }))
  const header = { tokens: ['ä', 'b'], from: 0, cell: 'lstm', layers: [{ units: 2, parts }] }
  const { tokens, layers } = readTrace(packed(header, [0, 255, 0, 0, ...new Array(12).fill(255)]))
  assert.deepEqual(tokens, ['ä', 'b'])
  assert.deepEqual([...layers[0].gates.forget], [-1, 1, -1, -1])
  assert.deepEqual([...layers[0].hidden], [1, 1, 1, 1])
})

test('only tokens of complete words that did not change are used again', () => {
  const tokens = ['the', 'cat', 'sat']
  assert.equal(reusableTokens(tokens, 'the cat sat', 'the cat sat on'), 2)
  assert.equal(reusableTokens(tokens, 'the cat sat ', 'the cat sat on'), 3)
  assert.equal(reusableTokens(tokens, 'the cat sat', 'the dog sat'), 1)
  assert.equal(reusableTokens(tokens, 'the cat sat', 'a cat sat'), 0)
  assert.equal(reusableTokens(['un', 'able'], 'unable', 'unabled'), 0)
})

test('tokens written otherwise than the text are asked for again', () => {
  assert.equal(reusableTokens(['the', '<unk>', 'sat'], 'the zyx sat ', 'the zyx sat on'), 1)
})

test('a text that grows has the trace of the same text asked for at once', async () => {
  const engine = new HttpEngine()
  const traces = new Traces(engine)
  let grown = await traces.of('the', 'toy')
  for (const text of ['the cat ', 'the cat s', 'the cat sat on', 'the cat on', 'the cat on ']) grown = await traces.of(text, 'toy')
  const whole = await engine.trace('the cat on')
  assert.deepEqual(grown.tokens, whole.tokens)
  assert.deepEqual(grown.layers, whole.layers)
})

test('values of kept tokens are not asked for', async () => {
  const engine = new HttpEngine()
  /** @type {(number | undefined)[]} */
  const asked = []
  const trace = engine.trace.bind(engine)
  engine.trace = (text, options) => {
    asked.push(options?.from)
    return trace(text, options)
  }
  const traces = new Traces(engine)
  for (const text of ['the cat sat on ', 'the cat sat on the ', 'the cat sat on the ']) await traces.of(text, 'toy')
  assert.deepEqual(asked, [0, 3])
})

test('traces of two models are kept apart', async () => {
  const traces = new Traces(new HttpEngine())
  const one = await traces.of('the cat', 'toy')
  await traces.of('the dog', 'other')
  assert.equal(await traces.of('the cat', 'toy'), one)
})

test('joining takes the kept tokens first', () => {
  const layer = (/** @type {number[]} */ values) => {
    const all = Float32Array.from(values)
    return { units: 1, gates: { forget: all }, candidate: all, cell: all, hidden: all }
  }
  const kept = { tokens: ['a', 'b'], from: 0, cell: 'lstm', layers: [layer([1, 2])] }
  const found = joined(kept, { tokens: ['a', 'c'], from: 1, cell: 'lstm', layers: [layer([9])] })
  assert.deepEqual([...found.layers[0].gates.forget], [1, 9])
  assert.equal(found.from, 0)
})

test('a cell without a state of its own shows its hidden state once', () => {
  const all = new Float32Array(1)
  const layer = { units: 1, gates: { reset: all, update: all }, candidate: all, cell: all, hidden: all }
  assert.deepEqual(partsOf(layer, 'gru'), ['reset', 'update', 'candidate', 'hidden'])
  assert.deepEqual(partsOf({ ...layer, gates: {} }, 'lstm'), ['candidate', 'cell', 'hidden'])
})
