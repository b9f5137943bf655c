/** Units that are high at picked words, and other places where the same units are high. */

import { rowOf } from './unit_orders.js'

/** @import {Grid} from './unit_orders.js' */

/**
 * @typedef {object} Match
 * @property {number} first first token
 * @property {number} last last token
 * @property {number} share 0..1: the part of the units that are high, averaged over its tokens
 */

/**
 * Return for each unit the value above which it counts as high: a part of its range over all grids.
 * @param {Grid[]} grids
 * @param {number} fraction
 */
export function limitsOf(grids, fraction) {
  return Array.from({ length: grids[0].units }, (_none, unit) => {
    let [low, high] = [Infinity, -Infinity]
    for (const grid of grids) {
      for (const value of rowOf(grid, unit)) {
        low = Math.min(low, value)
        high = Math.max(high, value)
      }
    }
    return high > low ? low + fraction * (high - low) : Infinity
  })
}

/**
 * Return the units that are high at every picked token.
 * @param {Grid} grid
 * @param {number[]} picked tokens
 * @param {number[]} limits
 * @param {boolean} onlyHere leave out units that are high just before or after too
 */
export function highUnits(grid, picked, limits, onlyHere) {
  if (!picked.length) return []
  const is = (/** @type {number} */ unit, /** @type {number} */ token) => grid.values[token * grid.units + unit] >= limits[unit]
  const around = [Math.min(...picked) - 1, Math.max(...picked) + 1].filter((token) => token >= 0 && token < grid.tokens)
  const all = Array.from({ length: grid.units }, (_none, unit) => unit)
  return all.filter((unit) => picked.every((token) => is(unit, token)) && !(onlyHere && around.some((token) => is(unit, token))))
}

/**
 * Return at each token the part of the units that are high.
 * @param {Grid} grid
 * @param {number[]} units
 * @param {number[]} limits
 */
export function sharesOf(grid, units, limits) {
  const shares = new Float32Array(grid.tokens)
  for (let token = 0; token < grid.tokens; token += 1) {
    const high = units.filter((unit) => grid.values[token * grid.units + unit] >= limits[unit])
    shares[token] = units.length ? high.length / units.length : 0
  }
  return shares
}

/**
 * Return the best places of a length that do not overlap each other, best first.
 * @param {ArrayLike<number>} shares
 * @param {number} length tokens of a place
 * @param {{most: number, without: Set<number>}} choice without: tokens that no place may hold
 * @returns {Match[]}
 */
export function bestMatches(shares, length, { most, without }) {
  /** @type {Match[]} */
  const places = []
  for (let first = 0; first + length <= shares.length; first += 1) {
    let sum = 0
    for (let token = first; token < first + length; token += 1) sum += without.has(token) ? -Infinity : shares[token]
    if (sum > 0) places.push({ first, last: first + length - 1, share: sum / length })
  }
  places.sort((one, other) => other.share - one.share || one.first - other.first)
  /** @type {Match[]} */
  const found = []
  for (const place of places) {
    if (found.length === most) break
    if (found.every((one) => place.last < one.first || place.first > one.last)) found.push(place)
  }
  return found
}
