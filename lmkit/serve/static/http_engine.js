/** Engine that asks a server of `lmkit serve`, on the address the page came from. */

/** @import {Engine, LayerTrace, Options, Trace} from './engine.js' */

/** @typedef {{name: string, offset: number, low: number, high: number}} Part */
/** @typedef {{units: number, parts: Part[]}} LayerHeader */
/** @typedef {{tokens: string[], from: number, cell: string, layers: LayerHeader[]}} TraceHeader */

const BYTES = 'application/octet-stream'
const STATES = new Set(['candidate', 'cell', 'hidden'])

/** @implements {Engine} */
export class HttpEngine {
  /** @type {'http'} */
  name = 'http'

  /** @param {string} [root] address that the routes stand below, without a slash at the end */
  constructor(root = '') {
    this.root = root
  }

  async models() {
    const response = await checked(await fetch(`${this.root}/v1/models`))
    return (await response.json()).data
  }

  /** @param {string} text @param {Options} [options] */
  next(text, options) {
    return this.#json('next', { text }, options)
  }

  /** @param {string} text @param {Options} [options] */
  complete(text, options) {
    return this.#json('complete', { text }, options)
  }

  /** @param {string} text @param {Options} [options] */
  fill(text, options) {
    return this.#json('fill', { text, explain: true }, options)
  }

  /** @param {string} text @param {Options} [options] */
  score(text, { k, ...options } = {}) {
    return this.#json('score', { text, ...(k ? { expected: k } : {}) }, options)
  }

  /** @param {string} text @param {Options} [options] */
  async generate(text, options) {
    return { text: (await this.#json('completions', { prompt: text }, options)).choices[0].text }
  }

  /**
   * Return the trace as bytes widened to floats, for the tokens from `options.from` on.
   * @param {string} text
   * @param {Options} [options]
   * @returns {Promise<Trace>}
   */
  async trace(text, options) {
    const response = await this.#post('trace', { text }, options, BYTES)
    return readTrace(await response.arrayBuffer())
  }

  /** @param {string} text @param {Options} [options] */
  force(text, options) {
    return this.#json('force', { text }, options)
  }

  /** @param {string} text @param {Options} [options] */
  unit(text, options) {
    return this.#json('unit', { text }, options)
  }

  /** @param {Options} [options] */
  async vectors(options) {
    const found = await this.#json('vectors', {}, options)
    return { ...found, two: Float32Array.from(found.two), three: Float32Array.from(found.three) }
  }

  /** @param {string} word @param {Options} [options] */
  neighbours(word, options) {
    return this.#json('neighbours', { word }, options)
  }

  /** @param {string[]} words @param {Options} [options] */
  analogy(words, options) {
    return this.#json('analogy', { words }, options)
  }

  /** @param {string} route @param {object} body @param {Options} [options] */
  async #json(route, body, options) {
    return (await this.#post(route, body, options, 'application/json')).json()
  }

  /**
   * Post a question; options that are undefined do not travel.
   * @param {string} route
   * @param {object} body
   * @param {Options} [options]
   * @param {string} [accept]
   */
  async #post(route, body, { signal, ...options } = {}, accept = 'application/json') {
    const response = await fetch(`${this.root}/v1/${route}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: accept },
      body: JSON.stringify({ ...body, ...options }),
      signal,
    })
    return checked(response)
  }
}

/**
 * Widen a trace of bytes: value = low + byte * (high - low) / 255.
 * @param {ArrayBuffer} buffer uint32 length of the header (little-endian), JSON header, uint8 arrays
 * @returns {Trace}
 */
export function readTrace(buffer) {
  const length = new DataView(buffer).getUint32(0, true)
  /** @type {TraceHeader} */
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  const bytes = new Uint8Array(buffer, 4 + length)
  const count = header.tokens.length - header.from
  const layers = header.layers.map((layer) => readLayer(layer, bytes, count))
  return { tokens: header.tokens, from: header.from, cell: header.cell, layers }
}

/**
 * @param {LayerHeader} layer
 * @param {Uint8Array} bytes
 * @param {number} count tokens
 * @returns {LayerTrace}
 */
function readLayer({ units, parts }, bytes, count) {
  const empty = new Float32Array(count * units)
  /** @type {LayerTrace} */
  const trace = { units, gates: {}, candidate: empty, cell: empty, hidden: empty }
  for (const part of parts) {
    const values = widened(part, bytes.subarray(part.offset, part.offset + count * units))
    if (STATES.has(part.name)) Object.assign(trace, { [part.name]: values })
    else trace.gates[part.name] = values
  }
  return trace
}

/** @param {Part} part @param {Uint8Array} bytes */
function widened({ low, high }, bytes) {
  const step = (high - low) / 255
  return Float32Array.from(bytes, (byte) => low + byte * step)
}

/**
 * Return the response, or throw its error as one sentence.
 * @param {Response} response
 */
async function checked(response) {
  if (response.ok) return response
  const said = await response.json().catch(() => null)
  throw new Error(said?.error?.message ?? `the server answered ${response.status}`)
}
