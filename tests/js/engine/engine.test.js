import assert from 'node:assert/strict'
import test from 'node:test'
import { BrowserEngine } from '../../../lmkit/serve/static/engine/browser_engine.js'
import { Reader } from '../../../lmkit/serve/static/engine/context.js'
import { Turns } from '../../../lmkit/serve/static/engine/turns.js'
import { isClose, tinyBlob, WORDS } from './tiny.js'

const engine = new BrowserEngine(async () => tinyBlob({ ngram: true, cache: { window: 9, weight: 0.1, theta: 1, decay: 0, ramp: 3 } }))

test('the model is told as the server tells it', async () => {
  assert.deepEqual(await engine.models(), [{
    id: 'tiny', unit: 'word', cell: 'lstm', layers: 2, hidden: 6, vocabulary: WORDS.length,
    direction: 'forward', parameters: 99, card: '# tiny',
  }])
})

test('the model is read once however many questions there are at first', async () => {
  let loads = 0
  const counted = new BrowserEngine(async () => { loads += 1; return tinyBlob() })
  await Promise.all([counted.next('the'), counted.score('the'), counted.models()])
  assert.equal(loads, 1)
})

test('next words are best first, and the network alone has others', async () => {
  const { words } = await engine.next('the ', { k: 4 })
  assert.equal(words.length, 4)
  assert.ok(words.every(({ probability }, i) => !i || words[i - 1].probability >= probability))
  const alone = await engine.next('the ', { k: 4, alone: true })
  assert.notDeepEqual(alone.words, words)
})

test('a word that reads the same with a space and without one is offered once', async () => {
  const { words } = await engine.next('the ', { k: 20 })
  assert.equal(words.filter(({ word }) => word === '.').length, 1)
  assert.ok(!words.some(({ word }) => word === '<unk>' || word === ''))
})

test('filters change the probabilities that are shown', async () => {
  const { words } = await engine.next('the ', { k: 9, top_k: 2 })
  assert.ok(words.length <= 2)
  const cold = await engine.next('the ', { k: 9, temperature: 0 })
  assert.deepEqual(cold.words.map(({ probability }) => probability), [1])
})

test('a begun word is completed in the case it was typed in', async () => {
  const { words } = await engine.complete('the c', { k: 3 })
  assert.deepEqual(words, [{ word: 'cat', probability: 1 }])
  const typed = await engine.complete('the CA', { k: 3 })
  assert.equal(typed.words[0].word, 'CAT')
  const slipped = await engine.complete('the cta', { k: 3 })
  assert.equal(slipped.words[0].word, 'cat')
})

test('the words expected are named beside each word that came', async () => {
  const { words, bits } = await engine.score('the cat zebra', { k: 3 })
  assert.deepEqual(words.map(({ word, unknown }) => [word, unknown]), [['the', false], ['cat', false], ['zebra', true]])
  for (const { expected = [], rank, surprisal, word } of words) {
    assert.equal(expected.length, 3)
    const own = expected.find((guess) => guess.word === word)
    if (rank === 1) assert.equal(expected[0], own)
    if (own) assert.ok(Math.abs(-Math.log2(own.probability) - surprisal) < 1e-9)
  }
  assert.ok(Math.abs(bits - words.reduce((sum, { surprisal }) => sum + surprisal, 0)) < 1e-9)
})

test('asking again with more words expected gives more', async () => {
  await engine.score('a dog sat')
  const { words } = await engine.score('a dog sat', { k: 4 })
  assert.ok(words.every(({ expected = [] }) => expected.length === 4))
})

test('an empty text has no bits', async () => {
  assert.deepEqual(await engine.score(''), { text: '', words: [], bits: 0, perplexity: 1 })
})

test('equal seeds write equal texts, of so many words at most', async () => {
  const [one, two] = [await engine.generate('the', { words: 5, seed: 4 }), await engine.generate('the', { words: 5, seed: 4 })]
  assert.deepEqual(one, two)
  assert.ok(one.text.split(' ').filter(Boolean).length <= 6)
  assert.equal((await engine.generate('the ', { words: 3, seed: 1 })).text.startsWith(' '), false)
})

test('a blank is filled with known words, which have reasons', async () => {
  const { fillings, exact } = await engine.fill('the ___ sat.', { k: 2 })
  assert.equal(exact, true)
  assert.equal(fillings.length, 2)
  for (const { words, text, why } of fillings) {
    assert.equal(text, `the ${words[0]} sat.`)
    assert.ok(why && why.left < 0 && why.right < 0 && Number(why.frequency) < 0)
  }
})

test('a trace goes on from a token, and its equations hold', async () => {
  const whole = await engine.trace('the cat sat ran')
  const rest = await engine.trace('the cat sat ran', { from: 2 })
  assert.deepEqual(whole.tokens, rest.tokens)
  const [{ units, gates, candidate, cell }] = whole.layers
  assert.ok(isClose(rest.layers[0].cell, cell.slice(2 * units), 1e-12))
  for (let i = units; i < cell.length; i++) {
    const expected = gates.forget[i] * cell[i - units] + gates.input[i] * candidate[i]
    assert.ok(Math.abs(cell[i] - expected) < 1e-5)
  }
})

test('the terms of a unit add up to its gates', async () => {
  const unit = await engine.unit('the cat sat', { layer: 2, unit: 3, token: 1 })
  const sum = (/** @type {number[]} */ values) => values.reduce((all, one) => all + one, 0)
  for (const [name, { bias, input, recurrent, value }] of Object.entries(unit.gates)) {
    const total = bias + sum(input) + sum(recurrent)
    const squashed = name === 'candidate' ? Math.tanh(total) : 1 / (1 + Math.exp(-total))
    assert.ok(Math.abs(squashed - value) < 1e-4, name)
  }
  const { forget, input, candidate } = unit.gates
  assert.ok(Math.abs(unit.cell - (forget.value * unit.cell_before + input.value * candidate.value)) < 1e-5)
})

test('a gate that is held changes the next words, and one held where it is does not', async () => {
  const shut = await engine.force('the cat', { forces: [{ layer: 1, gate: 'output', units: null, value: 0 }], k: 3 })
  assert.notDeepEqual(shut.words, shut.unforced)
  const none = await engine.force('the cat', { forces: [], k: 3 })
  assert.ok(isClose(none.words.map((w) => w.probability), none.unforced.map((w) => w.probability), 1e-9))
})

test('what cannot be forced is one sentence', async () => {
  const force = (/** @type {any} */ more) => engine.force('the cat', { forces: [{ layer: 1, gate: 'forget', units: null, value: 1, ...more }] })
  await assert.rejects(force({ gate: 'reset' }), /no gate named 'reset'; this cell has input, forget, output/)
  await assert.rejects(force({ layer: 3 }), /no layer 3/)
  await assert.rejects(force({ units: [6] }), /no unit 6 in layer 1/)
  await assert.rejects(force({ value: 2 }), /from 0 \(shut\) to 1 \(open\)/)
  await assert.rejects(engine.force('', { forces: [{ layer: 1, gate: 'forget', units: null, value: 'mean' }] }), /a mean needs a text/)
  await assert.rejects(engine.unit('the', { layer: 1, unit: 0, token: 4 }), /no token 4/)
  await assert.rejects(engine.trace(''), /no word to trace/)
})

test('the map of words has their components, largest first', async () => {
  const { words, counts, two, three } = await engine.vectors({ count: 8 })
  assert.equal(words.length, 8)
  assert.equal(counts.length, 8)
  const spread = [0, 1, 2].map((axis) => words.reduce((sum, _, i) => sum + three[3 * i + axis] ** 2, 0))
  assert.ok(spread[0] >= spread[1] && spread[1] >= spread[2])
  assert.equal(two[2], three[3])
})

test('a word is as near to another as that to it, and never a neighbour of itself', async () => {
  const near = await engine.neighbours('cat', { k: 20 })
  const back = await engine.neighbours('dog', { k: 20 })
  const similarity = (/** @type {any} */ found, /** @type {string} */ word) => found.words.find((/** @type {any} */ one) => one.word === word).similarity
  assert.ok(Math.abs(similarity(near, 'dog') - similarity(back, 'cat')) < 1e-6)
  assert.ok(!near.words.some(({ word }) => word === 'cat'))
  await assert.rejects(engine.neighbours('zebra'), /not one token/)
  await assert.rejects(engine.analogy(['cat', 'dog']), /three words/)
})

test('a question that was given up is not answered', async () => {
  const stop = new AbortController()
  stop.abort()
  await assert.rejects(engine.next('the', { signal: stop.signal }), { name: 'AbortError' })
})

test('work lets the event loop run, and ends when it is given up in between', async () => {
  const stop = new AbortController()
  const turns = new Turns(stop.signal)
  const began = performance.now()
  while (performance.now() - began < 15);
  let ran = false
  setTimeout(() => { ran = true }, 0)
  const later = new Promise((resolve) => { setTimeout(resolve, 1) })
  await turns.pause()
  await later
  assert.ok(ran)
  stop.abort()
  turns.began = -1000
  await assert.rejects(turns.pause(), { name: 'AbortError' })
})

test('a key that adds a word reads one word', async () => {
  let reads = 0
  const model = {
    vocabulary: 3,
    start: () => 0,
    read: (/** @type {number} */ id, /** @type {number} */ state) => {
      reads += 1
      return { prediction: { probs: () => Float64Array.of(1, 0, 0), probOf: () => 1, forget() {} }, state: state * 3 + id }
    },
  }
  const reader = new Reader(model, 1)
  await reader.read([2, 0, 2], new Turns())
  assert.equal(reads, 4)
  const { state } = await reader.read([2, 0, 2, 1], new Turns())
  assert.equal(reads, 5)
  assert.equal(state, (((1 * 3 + 2) * 3 + 0) * 3 + 2) * 3 + 1)
  await reader.read([2, 1], new Turns())
  assert.equal(reads, 6)
})

test('a page without a model says so', async () => {
  const held = globalThis.document
  globalThis.document = /** @type {any} */ ({ getElementById: () => null })
  try {
    await assert.rejects(new BrowserEngine().models(), /holds no model/)
  } finally {
    globalThis.document = held
  }
})
