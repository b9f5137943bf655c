/**
 * Reader of the model inside the page: base64, zlib, a JSON header and typed arrays.
 * lmkit/interop/html/blob.py writes it.
 */

/** @typedef {{type: string, shape: number[], offset: number}} Place */
/** @typedef {{length: number, [index: number]: number}} Numbers */
/**
 * @typedef {object} Facts Facts of a network.
 * @property {string} cell
 * @property {number[]} hidden units of each layer, lowest first
 * @property {number} embedding
 * @property {'last' | 'sum'} head_input
 * @property {number} temperature
 * @property {string[]} blocks rows of the matrices, in order
 * @property {number} parameters
 */
/**
 * @typedef {object} TokenizerFacts
 * @property {string} unit
 * @property {string} split
 * @property {boolean} lowercase
 * @property {boolean} straight_quotes
 * @property {number | null} unknown_id
 * @property {number} line_end_id
 * @property {string} letters letters that words are made of, the most used first
 * @property {string[]} flags bits of a token, lowest first
 */
/** @typedef {{window: number, weight: number, theta: number, decay: number, ramp: number}} CacheFacts */
/**
 * @typedef {object} NGramFacts
 * @property {number} order
 * @property {Record<string, [number, number]>[]} scales lowest value and step, by order
 * @property {number[]} weights of each order, single words first
 */
/**
 * @typedef {object} Header
 * @property {number} format
 * @property {string} id
 * @property {number} vocabulary
 * @property {string} direction
 * @property {number} words words of the training text; 0 where that is not known
 * @property {number} weight weight of the backward model
 * @property {string} card
 * @property {string} licence
 * @property {TokenizerFacts} tokenizer
 * @property {Record<string, Facts>} networks by direction
 * @property {CacheFacts | null} cache
 * @property {NGramFacts | null} ngram
 * @property {Record<string, Place>} arrays
 */

const FORMAT = 1
const CHUNK = 1 << 20 // characters of base64 decoded at once: a multiple of 4

/** Model file: the header, and the arrays as views of one buffer. */
export class Blob {
  /**
   * @param {Header} header
   * @param {Uint8Array} data everything behind the header
   */
  constructor(header, data) {
    this.header = header
    this.data = data
  }

  /**
   * Return an array; where it lies in its buffer is a multiple of 16 bytes.
   * @param {string} name
   * @returns {Numbers}
   */
  array(name) {
    const place = this.header.arrays[name]
    if (!place) throw new Error(`the model in this page has no ${name}; export it again`)
    const count = place.shape.reduce((product, size) => product * size, 1)
    const start = this.data.byteOffset + place.offset
    return new (typeOf(place.type))(/** @type {ArrayBuffer} */ (this.data.buffer), start, count)
  }

  /**
   * Return whether there is an array of a name.
   * @param {string} name
   */
  has(name) {
    return name in this.header.arrays
  }
}

/**
 * Read a model written in base64, a part at a time, so that the page is never stalled for long.
 * @param {string} text
 * @param {() => Promise<void>} [pause] called between parts
 * @returns {Promise<Blob>}
 */
export async function readBase64(text, pause = async () => {}) {
  const bytes = await decodeBase64(text.trim(), pause)
  return parseBlob(await inflated(bytes))
}

/**
 * Read a model from its compressed bytes.
 * @param {Uint8Array} bytes
 * @returns {Promise<Blob>}
 */
export async function readBytes(bytes) {
  return parseBlob(await inflated(bytes))
}

/**
 * Decode base64 without white space; a loop is many times as quick as Uint8Array.from.
 * @param {string} text
 * @param {() => Promise<void>} pause
 */
async function decodeBase64(text, pause) {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let place = 0
  for (let start = 0; start < text.length; start += CHUNK) {
    const part = atob(text.slice(start, start + CHUNK))
    for (let i = 0; i < part.length; i++) bytes[place++] = part.charCodeAt(i)
    await pause()
  }
  return bytes
}

/** @param {Uint8Array} bytes */
async function inflated(bytes) {
  const body = new Response(/** @type {BodyInit} */ (/** @type {unknown} */ (bytes))).body
  if (!body) throw new Error('the model in this page is empty; export it again')
  const stream = body.pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/** @param {Uint8Array} raw */
function parseBlob(raw) {
  const length = new DataView(raw.buffer, raw.byteOffset).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + length)))
  if (header.format > FORMAT) {
    throw new Error('the model in this page is of a newer format; export page and model together')
  }
  return new Blob(/** @type {Header} */ (header), raw.subarray(4 + length))
}

/** @param {string} name */
function typeOf(name) {
  switch (name) {
    case 'int8': return Int8Array
    case 'uint8': return Uint8Array
    case 'uint16': return Uint16Array
    case 'uint32': return Uint32Array
    case 'float32': return Float32Array
    case 'float64': return Float64Array
    default: throw new Error(`the model in this page has an array of ${name}; export it again`)
  }
}
