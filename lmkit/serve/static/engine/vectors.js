/**
 * Word vectors: neighbours, analogies and a map, as in lmkit/lab/embeddings.py.
 */
import { randomFrom } from './sampling.js'

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */
/** @typedef {import('./turns.js').Turns} Turns */

const BLOCK = 8 // directions followed at once: more than are wanted come to rest sooner
const ROUNDS = 120 // of power iteration

/**
 * Return the words whose vectors have the largest cosine with one.
 * @param {Network} network
 * @param {Vocabulary} vocabulary
 * @param {Float32Array} toward
 * @param {{exclude: number[], k: number, turns: Turns}} options
 */
export async function nearest(network, vocabulary, toward, { exclude, k, turns }) {
  /** @type {{word: string, similarity: number}[]} */
  const found = []
  for (let id = 0; id < vocabulary.size; id++) {
    if (id % 256 === 0) await turns.pause()
    if (vocabulary.hidden[id] || exclude.includes(id)) continue
    const text = vocabulary.texts[id]
    found.push({ word: text.trim() || text, similarity: cosine(network.embedding.row(id), toward) })
  }
  return found.sort((a, b) => b.similarity - a.similarity).slice(0, k)
}

/**
 * Return the vector that is to the third word as the second is to the first.
 * @param {Network} network
 * @param {number[]} ids three
 */
export function analogous(network, ids) {
  const [first, second, third] = ids.map((id) => normalised(network.embedding.row(id)))
  return first.map((value, i) => second[i] - value + third[i])
}

/**
 * Return the id of a word.
 * @param {Vocabulary} vocabulary
 * @param {string} word
 */
export function idOf({ tokenizer }, word) {
  const ids = tokenizer.encode(word)
  if (ids.length !== 1 || ids[0] === tokenizer.unknownId) {
    throw new Error(`'${word}' is not one token of the vocabulary; choose a word it knows`)
  }
  return ids[0]
}

/**
 * Return the most frequent words as points, by their principal components.
 * @param {Network} network
 * @param {Vocabulary} vocabulary
 * @param {{count: number, turns: Turns}} options
 */
export async function wordMap(network, vocabulary, { count, turns }) {
  const ids = Array.from(vocabulary.texts.keys()).filter((id) => !vocabulary.hidden[id]).slice(0, count)
  const rows = centred(ids.map((id) => network.embedding.row(id)))
  const directions = (await components(rows, turns)).slice(0, 3).map(withPositiveLargest)
  const points = rows.map((row) => directions.map((direction) => dot(row, direction)))
  const words = ids.map((id) => vocabulary.texts[id].trim() || vocabulary.texts[id])
  const flat = (/** @type {number} */ size) => Float32Array.from(
    points.flatMap((point) => [0, 1, 2].slice(0, size).map((axis) => point[axis] ?? 0)))
  return { ids, words, two: flat(2), three: flat(3) }
}

/**
 * Return the directions of largest variance, by power iteration on a block of vectors.
 * @param {Float64Array[]} rows centred
 * @param {Turns} turns
 * @returns {Promise<Float64Array[]>}
 */
async function components(rows, turns) {
  const width = rows[0]?.length ?? 0
  const covariance = await products(rows, turns)
  const random = randomFrom(1)
  let block = orthonormal(Array.from({ length: Math.min(BLOCK, width, rows.length) }, () =>
    Float64Array.from({ length: width }, () => random() - 0.5)))
  for (let round = 0; round < ROUNDS; round++) {
    await turns.pause()
    block = orthonormal(block.map((direction) =>
      Float64Array.from(covariance, (row) => dot(row, direction))))
  }
  return block
}

/**
 * Return the sum of each row times itself, shape (width, width).
 * @param {Float64Array[]} rows
 * @param {Turns} turns
 */
async function products(rows, turns) {
  const width = rows[0]?.length ?? 0
  const sums = Array.from({ length: width }, () => new Float64Array(width))
  for (const row of rows) {
    await turns.pause()
    for (let i = 0; i < width; i++) {
      const [value, sum] = [row[i], sums[i]]
      for (let j = 0; j < width; j++) sum[j] += value * row[j]
    }
  }
  return sums
}

/**
 * Make vectors perpendicular and of length 1, in order (Gram and Schmidt).
 * @param {Float64Array[]} vectors
 * @returns {Float64Array[]}
 */
function orthonormal(vectors) {
  /** @type {Float64Array[]} */
  const made = []
  for (const vector of vectors) {
    const own = vector.slice()
    for (const other of made) {
      const length = dot(own, other)
      for (let i = 0; i < own.length; i++) own[i] -= length * other[i]
    }
    const size = Math.sqrt(dot(own, own))
    made.push(own.map((value) => (size > 0 ? value / size : 0)))
  }
  return made
}

/**
 * The sign of a component means nothing: its largest part is made positive.
 * @param {Float64Array} direction
 */
function withPositiveLargest(direction) {
  const largest = direction.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
  return largest < 0 ? direction.map((value) => -value) : direction
}

/** @param {Float32Array[]} rows */
function centred(rows) {
  const mean = new Float64Array(rows[0]?.length ?? 0)
  for (const row of rows) for (let i = 0; i < mean.length; i++) mean[i] += row[i] / rows.length
  return rows.map((row) => Float64Array.from(row, (value, i) => value - mean[i]))
}

/** @param {Float32Array} vector */
function normalised(vector) {
  const size = Math.sqrt(dot(vector, vector)) || 1
  return vector.map((value) => value / size)
}

/**
 * @param {Float32Array} left
 * @param {Float32Array} right
 */
function cosine(left, right) {
  const sizes = Math.sqrt(dot(left, left) * dot(right, right))
  return dot(left, right) / Math.max(sizes, 1e-8)
}

/**
 * @param {Float32Array | Float64Array} left
 * @param {Float32Array | Float64Array} right
 */
function dot(left, right) {
  let sum = 0
  for (let i = 0; i < left.length; i++) sum += left[i] * right[i]
  return sum
}
