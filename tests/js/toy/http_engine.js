/**
 * Toy engine for tests of the page, served in place of the real one: bigram counts of a few sentences
 * and an LSTM of 12 units with fixed weights. Deterministic, and everything follows the contract.
 */

/** @import {Engine, Options, Trace, UnitStep} from '../../../lmkit/serve/static/engine.js' */

const SENTENCES = [
  'the cat sat on the mat .',
  'the dog sat on the rug and the cat slept .',
  'she opened the door of the house and went in .',
  'the dogs near the old house bark .',
  'a cup of tea , a cup of coffee and a cup of water .',
  'she ate an apple every day with a cup of tea .',
]
const UNITS = 12
const WIDTH = 6
const BLOCKS = ['input', 'forget', 'candidate', 'output']
const words = SENTENCES.flatMap((line) => ['\n', ...line.split(' ')])
const vocabulary = [...new Set(words.filter((word) => word !== '\n'))].sort()
/** @type {Map<string, number>} */
const counts = new Map()
for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)

/** @param {number} seed a number in -1..1 that depends on the seed alone */
function noise(seed) {
  const mixed = Math.sin(seed * 12.9898 + 78.233) * 43758.5453
  return 2 * (mixed - Math.floor(mixed)) - 1
}

/** @param {string} text */
const tokensOf = (text) => text.split(/\s+/).filter(Boolean)
/** @param {string} word */
const vectorOf = (word) => Array.from({ length: WIDTH }, (_none, index) => noise(index * 31 + [...word].reduce((sum, one) => sum + one.charCodeAt(0), 0)))
/** @param {number} sum */
const sigmoid = (sum) => 1 / (1 + Math.exp(-sum))

/** @param {string} before @param {number} [temperature] @returns {{word: string, probability: number}[]} */
function distribution(before, temperature = 1) {
  const at = words.flatMap((word, index) => (word === before ? [words[index + 1]] : []))
  const raw = vocabulary.map((word) => {
    const bigram = at.filter((one) => one === word).length / Math.max(1, at.length)
    return { word, probability: 0.8 * bigram + (0.2 * (counts.get(word) ?? 0)) / words.length + 1e-4 }
  })
  const scaled = raw.map((one) => ({ ...one, probability: one.probability ** (1 / Math.max(0.05, temperature)) }))
  const sum = scaled.reduce((all, one) => all + one.probability, 0)
  return scaled
    .map((one) => ({ ...one, probability: one.probability / sum }))
    .sort((one, other) => other.probability - one.probability || one.word.localeCompare(other.word))
}

/** @param {string} text */
const lastOf = (text) => tokensOf(text).at(-1) ?? '\n'

/** @param {number} block @param {number} unit @param {number[]} x @param {number[]} h */
function sums(block, unit, x, h) {
  return {
    bias: BLOCKS[block] === 'forget' ? 1 : 0,
    input: x.map((value, index) => value * 2 * noise(1000 * block + 50 * unit + index)),
    recurrent: h.map((value, index) => value * 2 * noise(7000 * block + 50 * unit + index + 500)),
  }
}

/** @param {string[]} tokens every step of the toy's network */
function run(tokens) {
  let h = new Array(UNITS).fill(0)
  let c = new Array(UNITS).fill(0)
  return tokens.map((token) => {
    const before = { h, c }
    const x = vectorOf(token)
    const units = Array.from({ length: UNITS }, (_none, unit) => {
      const gates = Object.fromEntries(BLOCKS.map((name, block) => {
        const parts = sums(block, unit, x, before.h)
        const sum = parts.bias + [...parts.input, ...parts.recurrent].reduce((all, one) => all + one, 0)
        return [name, { ...parts, value: name === 'candidate' ? Math.tanh(sum) : sigmoid(sum) }]
      }))
      const cell = gates.forget.value * before.c[unit] + gates.input.value * gates.candidate.value
      return { gates, cell_before: before.c[unit], cell, hidden: gates.output.value * Math.tanh(cell) }
    })
    h = units.map((one) => one.hidden)
    c = units.map((one) => one.cell)
    return { x, h: before.h, units }
  })
}

/** Refuse what a server would refuse. @param {Options} [options] */
function check({ model, signal } = {}) {
  signal?.throwIfAborted()
  if (model !== undefined && model !== 'toy' && model !== 'other') throw new Error(`no model named '${model}'`)
}

/** @implements {Engine} */
export class HttpEngine {
  /** @type {'http'} */
  name = 'http'

  async models() {
    await /** @type {any} */ (globalThis).loading // a promise of a test, or nothing
    const facts = { unit: 'word', cell: 'lstm', layers: 1, hidden: UNITS, vocabulary: vocabulary.length, direction: 'forward', parameters: 1000 }
    return [{ id: 'toy', ...facts }, { id: 'other', ...facts }]
  }

  /** @param {string} text @param {Options} [options] */
  async next(text, { k = 5, temperature = 1, top_k = 0, top_p = 1, ...options } = {}) {
    check(options)
    let before = 0
    const kept = distribution(lastOf(text), temperature).filter(({ probability }, index) => {
      before += probability
      return (!top_k || index < top_k) && before - probability < top_p
    })
    const sum = kept.reduce((all, one) => all + one.probability, 0)
    return { text, words: kept.slice(0, k).map((one) => ({ ...one, probability: one.probability / sum })) }
  }

  /** @param {string} text @param {Options} [options] */
  async complete(text, { k = 5, ...options } = {}) {
    check(options)
    const begun = lastOf(text)
    const found = distribution(tokensOf(text).at(-2) ?? '\n').filter((one) => one.word.startsWith(begun))
    const sum = found.reduce((all, one) => all + one.probability, 0)
    return { text, words: found.slice(0, k).map((one) => ({ ...one, probability: one.probability / sum })) }
  }

  /** @param {string} text @param {Options} [options] */
  async fill(text, { k = 3, ...options } = {}) {
    await new Promise((done) => setTimeout(done, 20))
    check(options)
    const [before, after = ''] = text.split(/_{3,}/)
    const right = tokensOf(after)[0]
    const scored = distribution(lastOf(before)).map(({ word, probability }) => {
      const fits = right ? (distribution(word).find((one) => one.word === right)?.probability ?? 1e-6) : 1
      const why = { left: Math.log(probability), right: Math.log(fits), frequency: Math.log((counts.get(word) ?? 1) / words.length) }
      return { words: [word], text: text.replace(/_{3,}/, word), probability: probability * fits, why }
    })
    const sum = scored.reduce((all, one) => all + one.probability, 0)
    const fillings = scored.map((one) => ({ ...one, probability: one.probability / sum }))
    fillings.sort((one, other) => other.probability - one.probability)
    return { text, fillings: fillings.slice(0, k), candidates: vocabulary.length, exact: true }
  }

  /** @param {string} text @param {Options} [options] */
  async score(text, { k = 0, model = 'toy' } = {}) {
    check({ model })
    const tokens = tokensOf(text)
    const scored = tokens.map((word, index) => {
      const all = distribution(tokens[index - 1] ?? '\n', model === 'toy' ? 1 : 2)
      const rank = all.findIndex((one) => one.word === word)
      const probability = rank < 0 ? 1e-4 : all[rank].probability
      const entropy = all.reduce((sum, one) => sum - one.probability * Math.log2(one.probability), 0)
      return { word, surprisal: -Math.log2(probability), rank: rank < 0 ? all.length : rank + 1, entropy, unknown: rank < 0, expected: all.slice(0, k) }
    })
    const bits = scored.reduce((sum, one) => sum + one.surprisal, 0)
    return { text, words: scored, bits, perplexity: 2 ** (bits / Math.max(1, scored.length)) }
  }

  /** @param {string} text @param {Options} [options] */
  async generate(text, { words: count = 4, ...options } = {}) {
    check(options)
    const written = tokensOf(text)
    for (let index = 0; index < count; index += 1) written.push(distribution(written.at(-1) ?? '\n')[0].word)
    return { text: ` ${written.slice(tokensOf(text).length).join(' ')}` }
  }

  /** @param {string} text @param {Options} [options] @returns {Promise<Trace>} */
  async trace(text, { from = 0, ...options } = {}) {
    check(options)
    const tokens = tokensOf(text)
    if (from >= tokens.length) throw new Error(`the text has ${tokens.length} tokens`)
    const steps = run(tokens).slice(from)
    /** @param {(one: ReturnType<typeof run>[number]['units'][number]) => number} value */
    const all = (value) => Float32Array.from(steps.flatMap((step) => step.units.map(value)))
    const gates = Object.fromEntries(['input', 'forget', 'output'].map((name) => [name, all((one) => one.gates[name].value)]))
    const layer = { units: UNITS, gates, candidate: all((one) => one.gates.candidate.value), cell: all((one) => one.cell), hidden: all((one) => one.hidden) }
    return { tokens, from, cell: 'lstm', layers: [layer] }
  }

  /** @param {string} text @param {Options} [options] */
  async force(text, { k = 5, forces = [], ...options } = {}) {
    check(options)
    const held = forces.length && forces.some((one) => one.value === 0) ? '.' : lastOf(text)
    return { words: distribution(held).slice(0, k), unforced: distribution(lastOf(text)).slice(0, k) }
  }

  /** @param {string} text @param {Options} [options] @returns {Promise<UnitStep>} */
  async unit(text, { unit = 0, token = 0, ...options } = {}) {
    check(options)
    const step = run(tokensOf(text))[token]
    return { ...step.units[unit], x: step.x, h: step.h }
  }

  /** @param {Options} [options] */
  async vectors({ count = 500, ...options } = {}) {
    check(options)
    const shown = [...vocabulary].sort((one, other) => (counts.get(other) ?? 0) - (counts.get(one) ?? 0)).slice(0, count)
    const three = Float32Array.from(shown.flatMap((word) => vectorOf(word).slice(0, 3)))
    const two = Float32Array.from(shown.flatMap((word) => vectorOf(word).slice(0, 2)))
    return { words: shown, counts: shown.map((word) => counts.get(word) ?? 0), two, three }
  }

  /** @param {string} word @param {Options} [options] */
  async neighbours(word, { k = 8, ...options } = {}) {
    check(options)
    if (!counts.has(word)) throw new Error(`the model does not know the word '${word}'`)
    return { words: nearest(vectorOf(word), [word], k) }
  }

  /** @param {string[]} three @param {Options} [options] */
  async analogy(three, { k = 8, ...options } = {}) {
    check(options)
    const [a, b, c] = three.map(vectorOf)
    return { words: nearest(b.map((value, index) => value - a[index] + c[index]), three, k) }
  }
}

/** @param {number[]} vector @param {string[]} without @param {number} k */
function nearest(vector, without, k) {
  const length = (/** @type {number[]} */ one) => Math.sqrt(one.reduce((sum, value) => sum + value * value, 0))
  const found = vocabulary.filter((word) => !without.includes(word)).map((word) => {
    const other = vectorOf(word)
    const product = other.reduce((sum, value, index) => sum + value * vector[index], 0)
    return { word, similarity: product / (length(other) * length(vector)) }
  })
  return found.sort((one, other) => other.similarity - one.similarity).slice(0, k)
}
