/** Projection of points onto the screen, in two dimensions and in three. */

/**
 * @typedef {object} Camera
 * @property {number} turn radians about the upright axis
 * @property {number} tilt radians about the level axis
 * @property {number} zoom
 * @property {[number, number]} shift pixels
 */
/** @typedef {{x: number, y: number, depth: number}} Place pixels; depth 0 for far, 1 for near */
/** @typedef {{width: number, height: number}} Size */

/** @type {Readonly<Camera>} */
export const FRONT = Object.freeze({ turn: 0.5, tilt: 0.3, zoom: 1, shift: /** @type {[number, number]} */ ([0, 0]) })
const DISTANCE = 3.2 // of the eye, in radii of the cloud

/**
 * Place points of two dimensions so that they fill the screen.
 * @param {Float32Array} points x and y of each
 * @param {Camera} camera
 * @param {Size} size
 * @returns {Place[]}
 */
export function flat(points, { zoom, shift }, { width, height }) {
  const [wide, high] = [spread(points, 0, 2), spread(points, 1, 2)]
  const places = []
  for (let at = 0; at < points.length; at += 2) {
    const x = width / 2 + shift[0] + ((points[at] - wide.middle) / wide.half) * width * 0.44 * zoom
    const y = height / 2 + shift[1] - ((points[at + 1] - high.middle) / high.half) * height * 0.42 * zoom
    places.push({ x, y, depth: 1 })
  }
  return places
}

/**
 * Place points of three dimensions as seen by an eye in front of them.
 * @param {Float32Array} points x, y and z of each
 * @param {Camera} camera
 * @param {Size} size
 * @returns {Place[]}
 */
export function deep(points, { turn, tilt, zoom, shift }, { width, height }) {
  const axes = [0, 1, 2].map((axis) => spread(points, axis, 3))
  const [sine, cosine, up, level] = [Math.sin(turn), Math.cos(turn), Math.sin(tilt), Math.cos(tilt)]
  const unit = Math.min(width * 0.5, height * 0.62) * zoom
  const places = []
  for (let at = 0; at < points.length; at += 3) {
    const [x, y, z] = axes.map(({ middle, half }, axis) => (points[at + axis] - middle) / half)
    const side = x * cosine + z * sine
    const back = -x * sine + z * cosine
    const height3 = y * level - back * up
    const near = y * up + back * level
    const size = DISTANCE / (DISTANCE - near)
    places.push({
      x: width / 2 + shift[0] + side * unit * 0.7 * size,
      y: height / 2 + shift[1] - height3 * unit * 0.7 * size,
      depth: Math.min(1, Math.max(0, (near + 1.4) / 2.8)),
    })
  }
  return places
}

/**
 * Return the middle and half the range of a coordinate; a few far points are not counted.
 * @param {Float32Array} points
 * @param {number} axis
 * @param {number} step
 */
function spread(points, axis, step) {
  const values = Array.from({ length: points.length / step }, (_none, index) => points[index * step + axis]).sort((one, other) => one - other)
  const cut = Math.floor(values.length * 0.01)
  const [low, high] = [values[cut] ?? 0, values[values.length - 1 - cut] ?? 1]
  return { middle: (low + high) / 2, half: Math.max(1e-9, (high - low) / 2) }
}

/**
 * Return which labels can be written without covering another, the first ones first.
 * @param {Place[]} places
 * @param {number[]} order
 * @param {(index: number) => number} width of a label, pixels
 * @param {Size} size
 * @returns {number[]}
 */
export function readable(places, order, width, size) {
  /** @type {{left: number, right: number, top: number}[]} */
  const taken = []
  return order.filter((index) => {
    const { x, y } = places[index]
    if (x < 0 || y < 0 || x > size.width || y > size.height) return false
    const one = { left: x + 5, right: x + 9 + width(index), top: y - 8 }
    if (one.right > size.width) return false
    const isFree = taken.every((other) => one.left > other.right || one.right < other.left || Math.abs(one.top - other.top) > 15)
    if (isFree) taken.push(one)
    return isFree
  })
}
