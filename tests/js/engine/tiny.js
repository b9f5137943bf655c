/**
 * Tiny models for the tests of the engine, made of chance, and a slow way to multiply.
 */
import { Buffer } from 'node:buffer'
import { deflateSync } from 'node:zlib'
import { Blob } from '../../../lmkit/serve/static/engine/blob.js'
import { randomFrom } from '../../../lmkit/serve/static/engine/sampling.js'

/** @typedef {import('../../../lmkit/serve/static/engine/blob.js').Header} Header */
/** @typedef {Int8Array | Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array} Values */

export const WORDS = ['<unk>', '\n', ' the', ' cat', ' dog', ' sat', ' ran', '.', ' .', ' mat', 's', ' Cat']
const FLAGS = ['continues', 'hidden', 'opens', 'shown', 'spaced', 'punctuation', 'joins_letters', 'unspaced']

/** Arrays and header of a file that is being put together. */
export class BlobMaker {
  constructor() {
    /** @type {Record<string, {type: string, shape: number[], offset: number}>} */
    this.places = {}
    /** @type {Uint8Array[]} */
    this.parts = []
    this.size = 0
  }

  /** @param {string} name @param {Values} values @param {number[]} [shape] */
  add(name, values, shape = [values.length]) {
    const type = values.constructor.name.replace('Array', '').toLowerCase()
    this.places[name] = { type, shape, offset: this.size }
    const bytes = new Uint8Array(Math.ceil(values.byteLength / 16) * 16)
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    this.parts.push(bytes)
    this.size += bytes.length
  }

  /** @param {string} name @param {number} rows @param {number} columns @param {() => number} random */
  matrix(name, rows, columns, random) {
    const values = Int8Array.from({ length: rows * columns }, () => Math.round(254 * random() - 127))
    this.add(`${name}.values`, values, [rows, columns])
    this.add(`${name}.steps`, Float32Array.from({ length: rows }, () => 0.004 + random() / 500))
  }

  /** @param {object} header @returns {Blob} */
  blob(header) {
    const data = new Uint8Array(this.size)
    let place = 0
    for (const part of this.parts) {
      data.set(part, place)
      place += part.length
    }
    return new Blob(/** @type {Header} */ ({ ...header, arrays: this.places }), data)
  }

  /** @param {object} header the compressed bytes of the file */
  bytes(header) {
    const { data } = this.blob(header)
    let text = JSON.stringify({ format: 1, ...header, arrays: this.places })
    text += ' '.repeat((16 - ((Buffer.byteLength(text) + 4) % 16)) % 16)
    const length = Buffer.alloc(4)
    length.writeUInt32LE(Buffer.byteLength(text))
    return deflateSync(Buffer.concat([length, Buffer.from(text), data]))
  }
}

/** @param {{cell?: string, hidden?: number[], width?: number, ngram?: boolean, cache?: object | null}} [shape] */
export function tinyBlob({ cell = 'lstm', hidden = [6, 5], width = 7, ngram = false, cache = null } = {}) {
  const maker = new BlobMaker()
  const random = randomFrom(3)
  const blocks = { lstm: ['input', 'forget', 'candidate', 'output'], gru: ['reset', 'update', 'candidate'] }[cell] ?? ['candidate']
  maker.matrix('forward.embedding', WORDS.length, width, random)
  maker.matrix('forward.head', WORDS.length, width, random)
  maker.add('forward.head.bias', Float32Array.from(WORDS, random))
  hidden.forEach((units, depth) => {
    const name = `forward.layer${depth}`
    maker.matrix(`${name}.input`, blocks.length * units, depth ? hidden[depth - 1] : width, random)
    maker.matrix(`${name}.hidden`, blocks.length * units, units, random)
    maker.add(`${name}.bias`, Float32Array.from({ length: blocks.length * units }, random))
    if (cell === 'gru') maker.add(`${name}.bias_candidate`, Float32Array.from({ length: units }, random))
    maker.matrix(`forward.project.${depth === hidden.length - 1 ? 'last' : depth}`, width, units, random)
  })
  maker.add('tokens', new TextEncoder().encode(JSON.stringify(WORDS)))
  maker.add('flags', Uint8Array.from(WORDS, flagsOf))
  if (ngram) addNGram(maker)
  return maker.blob(headerOf({ cell, hidden, width, blocks, ngram, cache }))
}

/** @param {{cell: string, hidden: number[], width: number, blocks: string[], ngram: boolean, cache: object | null}} shape */
function headerOf({ cell, hidden, width, blocks, ngram, cache }) {
  const facts = { cell, hidden, embedding: width, head_input: 'sum', temperature: 1.2, blocks, parameters: 99 }
  return {
    format: 1, id: 'tiny', vocabulary: WORDS.length, direction: 'forward', words: 100, weight: 0.5,
    card: '# tiny', licence: 'none',
    tokenizer: {
      unit: 'word', split: 'punctuation', lowercase: false, straight_quotes: true, unknown_id: 0,
      line_end_id: 1, letters: 'atesh', flags: FLAGS,
    },
    networks: { forward: facts },
    cache,
    ngram: ngram ? { order: 2, scales: [{ log_probs: [-3, 0.01], back_offs: [-1, 0.1] }, { log_probs: [-1, 0.1], back_offs: [0, 0] }], weights: [0.1, 0.4] } : null,
  }
}

/** The n-grams "the cat" and "the dog". @param {BlobMaker} maker */
function addNGram(maker) {
  maker.add('ngram.1.log_probs', Uint16Array.from(WORDS, (_, id) => 10 * id))
  maker.add('ngram.1.back_offs', Uint16Array.from(WORDS, (_, id) => (id === 2 ? 3 : 10)))
  maker.add('ngram.2.words', Uint8Array.of(3, 4))
  maker.add('ngram.2.followers', Uint8Array.from(WORDS, (_, id) => (id === 2 ? 2 : 0)))
  maker.add('ngram.2.log_probs', Uint16Array.of(2, 1))
  maker.add('ngram.2.back_offs', Uint16Array.of(0, 0))
}

/** @param {string} word @param {number} id */
function flagsOf(word, id) {
  const isHidden = id < 2
  const isMark = word.trim() === '.'
  const bits = [false, isHidden, false, !isHidden, word.startsWith(' '), isMark, word === 's', false]
  return bits.reduce((flags, bit, place) => flags | (bit ? 1 << place : 0), 0)
}

/** @param {import('../../../lmkit/serve/static/engine/products.js').Matrix} matrix @param {Float32Array} x */
export function slowProduct(matrix, x) {
  return Array.from({ length: matrix.rows }, (_, row) =>
    matrix.row(row).reduce((sum, weight, column) => sum + weight * x[column], 0))
}

/** @param {ArrayLike<number>} mine @param {ArrayLike<number>} theirs @param {number} tolerance */
export function isClose(mine, theirs, tolerance) {
  return mine.length === theirs.length &&
    Array.from(mine).every((value, i) => Math.abs(value - theirs[i]) <= tolerance)
}
