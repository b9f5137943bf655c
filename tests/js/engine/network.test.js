import assert from 'node:assert/strict'
import test from 'node:test'
import { NeuralCache } from '../../../lmkit/serve/static/engine/cache.js'
import { Network } from '../../../lmkit/serve/static/engine/network.js'
import { NGram, NGramMixture } from '../../../lmkit/serve/static/engine/ngram.js'
import { Workspace } from '../../../lmkit/serve/static/engine/products.js'
import { isClose, slowProduct, tinyBlob, WORDS } from './tiny.js'

const CACHE = { window: 3, weight: 0.3, theta: 0.7, decay: 0.1, ramp: 2 }

/** @param {Parameters<typeof tinyBlob>[0]} [shape] */
function networkOf(shape) {
  const blob = tinyBlob(shape)
  return { blob, network: new Network(new Workspace(blob), blob.header.networks.forward, 'forward') }
}

/**
 * Read ids and return the last prediction.
 * @param {import('../../../lmkit/serve/static/engine/network.js').Model<any>} model
 * @param {number[]} ids
 */
function after(model, ids) {
  let [state, prediction] = [model.start(), /** @type {any} */ (null)]
  for (const id of ids) ({ prediction, state } = model.read(id, state))
  return prediction
}

const sum = (/** @type {ArrayLike<number>} */ values) => Array.from(values).reduce((all, one) => all + one, 0)

test('probabilities are the softmax of head and hidden state at its temperature', () => {
  const { network } = networkOf()
  const { hidden, ...prediction } = after(network, [1, 2])
  const logits = slowProduct(network.head, hidden).map((value, id) => value / 1.2 + network.headBias[id])
  const exponentials = logits.map(Math.exp)
  const probs = after(network, [1, 2]).probs()
  assert.ok(isClose(probs, exponentials.map((value) => value / sum(exponentials)), 1e-5))
  assert.ok(prediction)
})

test('what the head reads is the sum of all layers, each projected', () => {
  const { network } = networkOf()
  const outputs = [Float32Array.of(1, 0, 0, 0, 0, 0), Float32Array.of(0, 1, 0, 0, 0)]
  const lower = slowProduct(/** @type {any} */ (network.lower[0]), outputs[0])
  const last = slowProduct(/** @type {any} */ (network.last), outputs[1])
  assert.ok(isClose(network.project(outputs), lower.map((value, i) => value + last[i]), 1e-4))
})

test('the probability of one id is that among all', () => {
  for (const shape of [{}, { cell: 'gru' }, { hidden: [8] }]) {
    const { network } = networkOf(shape)
    const all = after(network, [1, 4, 2]).probs()
    assert.ok(Math.abs(sum(all) - 1) < 1e-6)
    WORDS.forEach((_, id) => assert.ok(Math.abs(after(network, [1, 4, 2]).probOf(id) - all[id]) < 1e-6))
  }
})

test('the cache adds words that followed similar states, the newest of its window', () => {
  const { network } = networkOf()
  const ids = [1, 2, 3, 5, 2, 4]
  const states = ids.map((_, place) => after(network, ids.slice(0, place + 1)).hidden)
  const now = /** @type {Float32Array} */ (states.at(-1))
  const scores = [1, 2, 3].map((age) => {
    const then = states[states.length - 1 - age]
    return CACHE.theta * sum(now.map((value, i) => value * then[i])) - CACHE.decay * age
  })
  const shares = scores.map((score) => Math.exp(score) / sum(scores.map(Math.exp)))
  const expected = Float64Array.from(after(network, ids).probs(), (prob) => 0.7 * prob)
  ;[4, 2, 5].forEach((word, place) => { expected[word] += 0.3 * shares[place] })
  const cached = after(new NeuralCache(network, CACHE), ids)
  assert.ok(isClose(cached.probs(), expected, 1e-5))
  WORDS.forEach((_, id) =>
    assert.ok(Math.abs(after(new NeuralCache(network, CACHE), ids).probOf(id) - expected[id]) < 1e-5))
})

test('with few words read the cache counts in part, and with none not at all', () => {
  const { network } = networkOf()
  const cache = new NeuralCache(network, CACHE)
  assert.deepEqual(after(cache, [1]).probs(), after(network, [1]).probs())
  const [plain, cached] = [after(network, [1, 2]).probs(), after(cache, [1, 2]).probs()]
  assert.ok(Math.abs(cached[3] - 0.85 * plain[3]) < 1e-6) // half of the ramp, half of the weight
})

test('states that go on from one text do not see each other', () => {
  const { network } = networkOf()
  const cache = new NeuralCache(network, CACHE)
  const { state } = cache.read(2, cache.read(1, cache.start()).state)
  const first = cache.read(3, state).prediction.probs()
  cache.read(4, state)
  assert.deepEqual(cache.read(3, state).prediction.probs(), first)
})

test('an n-gram is a distribution, and knows what followed its context', () => {
  const { blob } = networkOf({ ngram: true })
  const ngram = new NGram(blob, /** @type {any} */ (blob.header.ngram))
  const counted = ngram.read(2, ngram.start())
  assert.deepEqual([...counted], [2])
  const all = ngram.weighted(counted, [1, 1])
  assert.ok(Math.abs(all[3] - Math.exp(-0.8)) < 1e-6)
  assert.ok(Math.abs(all[4] - Math.exp(-0.9)) < 1e-6)
  WORDS.forEach((_, id) => assert.ok(Math.abs(ngram.weightedOf(id, counted, [1, 1]) - all[id]) < 1e-9))
})

test('a mixture gives each order its weight, and the rest to the network', () => {
  const { blob, network } = networkOf({ ngram: true })
  const facts = /** @type {any} */ (blob.header.ngram)
  const ngram = new NGram(blob, facts)
  const mixture = new NGramMixture(network, ngram, facts.weights)
  const probs = after(mixture, [1, 2]).probs()
  const counted = ngram.read(2, ngram.start())
  const [single] = ngram.left(counted)
  const other = 1 - (0.1 * single + 0.4 * (1 - single))
  const plain = after(network, [1, 2]).probs()
  const seen = ngram.levels[0].probs[3] * single
  const expected = other * plain[3] + 0.1 * seen + 0.4 * (Math.exp(-0.8) - seen)
  assert.ok(Math.abs(probs[3] - expected) < 1e-6)
  WORDS.forEach((_, id) => assert.ok(Math.abs(after(mixture, [1, 2]).probOf(id) - probs[id]) < 1e-6))
})

test('what was forgotten is worked out again', () => {
  const { blob, network } = networkOf({ ngram: true })
  const facts = /** @type {any} */ (blob.header.ngram)
  const mixture = new NGramMixture(new NeuralCache(network, CACHE), new NGram(blob, facts), facts.weights)
  const prediction = after(mixture, [1, 2, 3])
  const before = prediction.probs().slice()
  prediction.forget()
  assert.ok(isClose(prediction.probs(), before, 1e-12))
})
