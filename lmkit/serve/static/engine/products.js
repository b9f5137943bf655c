/**
 * Products of 8-bit matrices and vectors, by the vector instructions of kernel.wat, or in plain
 * JavaScript where a browser has none. For the first the vector is rounded to 16 bits.
 */
import { KERNEL } from './kernel.js'

/** @typedef {import('./blob.js').Blob} Blob */
/**
 * @typedef {object} Kernel Functions of kernel.wat.
 * @property {(matrix: number, x: number, scale: number, out: number, rows: number, columns: number, factor: number) => void} add_product
 * @property {(at: number, count: number, shift: number) => number} exponentials
 * @property {(at: number, count: number, scale: number) => void} squash
 */

const LANES = 16 // columns that the kernel takes at once
const LARGEST = 32767 // of 16 bits
const PAGE = 65536 // bytes of a page of WebAssembly's memory

/** A matrix with 8 bits a weight and a step for each row. */
export class Matrix {
  /**
   * @param {Workspace} space
   * @param {number} rows
   * @param {number} columns
   * @param {{values: number, steps: number, width: number}} places bytes from the beginning of the
   *   memory, and values of a row, those that fill it up included
   */
  constructor(space, rows, columns, places) {
    this.space = space
    this.rows = rows
    this.columns = columns
    this.width = places.width
    this.places = places
    this.values = new Int8Array(space.buffer, places.values, rows * this.width)
    this.steps = new Float32Array(space.buffer, places.steps, rows)
  }

  /**
   * Add factor * matrix * x to a vector.
   * @param {Float32Array} out a value for each row
   * @param {Float32Array} x a value for each column
   * @param {number} [factor]
   */
  addTo(out, x, factor = 1) {
    if (!this.space.kernel) addPlainly(this, out, x, factor)
    else out.set(this.space.multiply(this, out, x, factor))
  }

  /**
   * Return a row in full.
   * @param {number} number
   */
  row(number) {
    const row = new Float32Array(this.columns)
    const start = number * this.width
    const step = this.steps[number]
    for (let column = 0; column < row.length; column++) row[column] = this.values[start + column] * step
    return row
  }
}

/** Memory that holds all matrices of a model, and the room to multiply in. */
export class Workspace {
  /**
   * @param {Blob} blob
   * @param {{plain?: boolean}} [options] plain: never use WebAssembly
   */
  constructor(blob, { plain = false } = {}) {
    this.blob = blob
    const places = Object.entries(blob.header.arrays).filter(([, place]) => place.type === 'int8')
    const shapes = places.map(([, place]) => place.shape)
    const rows = Math.max(...shapes.map(([height]) => height))
    const columns = Math.max(...shapes.map(([, width]) => filledUp(width)))
    const size = shapes.reduce(
      (sum, [height, width]) => sum + height * filledUp(width) + filledUp(height * 4), 0)
    this.xAt = filledUp(size)
    this.outAt = this.xAt + filledUp(columns * 2)
    const all = this.outAt + filledUp(Math.max(rows, columns)) * 4
    const loaded = plain ? null : loadKernel(all)
    /** @type {ArrayBuffer} */
    this.buffer = loaded ? loaded.buffer : new ArrayBuffer(all)
    /** @type {Kernel | null} */
    this.kernel = loaded ? loaded.kernel : null
    this.x = new Int16Array(this.buffer, this.xAt, columns)
    this.out = new Float32Array(this.buffer, this.outAt, filledUp(Math.max(rows, columns)))
    this.free = 0
    /** @type {Map<number, Matrix>} */
    this.known = new Map()
  }

  /**
   * Return a matrix of the model; equal ones of two networks are one.
   * @param {string} name
   */
  matrix(name) {
    const place = this.blob.header.arrays[`${name}.values`]
    const known = place && this.known.get(place.offset)
    if (known) return known
    const values = this.blob.array(`${name}.values`)
    const steps = this.blob.array(`${name}.steps`)
    const [rows, columns] = place.shape
    const width = filledUp(columns)
    const matrix = new Matrix(this, rows, columns, {
      values: this.take(rows * width), steps: this.take(rows * 4), width })
    copyRows(matrix, /** @type {Int8Array} */ (values))
    matrix.steps.set(/** @type {Float32Array} */ (steps))
    this.known.set(place.offset, matrix)
    return matrix
  }

  /**
   * Return a vector of the model.
   * @param {string} name
   */
  vector(name) {
    return /** @type {Float32Array} */ (this.blob.array(name))
  }

  /**
   * Return start + factor * matrix * x in the room for results, which the next product writes over.
   * @param {Matrix} matrix
   * @param {Float32Array} start
   * @param {Float32Array} x
   * @param {number} factor
   */
  multiply(matrix, start, x, factor) {
    const out = this.out.subarray(0, matrix.rows)
    out.set(start)
    if (!this.kernel) {
      addPlainly(matrix, out, x, factor)
      return out
    }
    let largest = 0
    for (let i = 0; i < x.length; i++) {
      const size = Math.abs(x[i])
      if (size > largest) largest = size
    }
    if (!largest) return out
    const scale = LARGEST / largest
    for (let i = 0; i < x.length; i++) this.x[i] = Math.round(x[i] * scale)
    this.x.fill(0, x.length, matrix.width)
    const { values, steps, width } = matrix.places
    this.kernel.add_product(values, this.xAt, steps, this.outAt, matrix.rows, width, factor / scale)
    return out
  }

  /**
   * Turn what `multiply` returned into exponentials, the largest of which is 1; return their sum.
   * @param {Float32Array} logits
   */
  exponentials(logits) {
    let largest = -Infinity
    for (let i = 0; i < logits.length; i++) if (logits[i] > largest) largest = logits[i]
    if (this.kernel) {
      const count = Math.ceil(logits.length / 4) * 4
      this.out.fill(-Infinity, logits.length, count)
      return this.kernel.exponentials(this.outAt, count, largest)
    }
    let sum = 0
    for (let i = 0; i < logits.length; i++) sum += logits[i] = Math.exp(logits[i] - largest)
    return sum
  }

  /**
   * Squash values in place: by the logistic function, or by the hyperbolic tangent.
   * @param {Float32Array} values
   * @param {'logistic' | 'tanh'} by
   */
  squash(values, by) {
    if (this.kernel) {
      this.out.set(values)
      this.kernel.squash(this.outAt, Math.ceil(values.length / 4) * 4, by === 'tanh' ? 2 : 1)
      values.set(this.out.subarray(0, values.length))
    } else if (by === 'tanh') for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i])
    else for (let i = 0; i < values.length; i++) values[i] = 1 / (1 + Math.exp(-values[i]))
  }

  /** @param {number} bytes */
  take(bytes) {
    const start = this.free
    this.free += filledUp(bytes)
    return start
  }
}

/**
 * Return the kernel and its memory; null where the browser refuses it.
 * @param {number} size bytes
 */
function loadKernel(size) {
  try {
    const bytes = Uint8Array.from(atob(KERNEL), (character) => character.charCodeAt(0))
    const memory = new WebAssembly.Memory({ initial: Math.ceil(size / PAGE) })
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { lmkit: { memory } })
    return { buffer: memory.buffer, kernel: /** @type {Kernel} */ (/** @type {unknown} */ (instance.exports)) }
  } catch (error) {
    if (typeof WebAssembly === 'undefined' || error instanceof WebAssembly.CompileError) return null
    throw error
  }
}

/**
 * @param {Matrix} matrix
 * @param {Int8Array} values
 */
function copyRows(matrix, values) {
  const { rows, columns, width } = matrix
  if (width === columns) {
    matrix.values.set(values)
    return
  }
  for (let row = 0; row < rows; row++) {
    matrix.values.set(values.subarray(row * columns, (row + 1) * columns), row * width)
  }
}

/**
 * @param {Matrix} matrix
 * @param {Float32Array} out
 * @param {Float32Array} x
 * @param {number} factor
 */
function addPlainly(matrix, out, x, factor) {
  const { values, steps, width, columns } = matrix
  for (let row = 0; row < matrix.rows; row++) {
    const start = row * width
    let sum = 0
    for (let column = 0; column < columns; column++) sum += values[start + column] * x[column]
    out[row] += sum * steps[row] * factor
  }
}

/** @param {number} count */
function filledUp(count) {
  return Math.ceil(count / LANES) * LANES
}
