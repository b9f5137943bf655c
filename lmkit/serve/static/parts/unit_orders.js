/** Orders of units, filters, and statistics of one unit over a text. */

/** @typedef {'number' | 'mean' | 'change' | 'word' | 'like'} Order */

/**
 * @typedef {object} Grid Values of one part of a layer, token-major.
 * @property {Float32Array} values
 * @property {number} units
 * @property {number} tokens
 */

/**
 * Return the values of one unit over the tokens.
 * @param {Grid} grid
 * @param {number} unit
 */
export function rowOf({ values, units, tokens }, unit) {
  const row = new Float32Array(tokens)
  for (let token = 0; token < tokens; token += 1) row[token] = values[token * units + unit]
  return row
}

/** @param {ArrayLike<number>} row */
export function mean(row) {
  let sum = 0
  for (let index = 0; index < row.length; index += 1) sum += row[index]
  return row.length ? sum / row.length : 0
}

/**
 * Return the mean absolute change from token to token.
 * @param {ArrayLike<number>} row
 */
export function change(row) {
  let sum = 0
  for (let index = 1; index < row.length; index += 1) sum += Math.abs(row[index] - row[index - 1])
  return row.length > 1 ? sum / (row.length - 1) : 0
}

/**
 * Return the correlation of two rows; 0 where one of them never changes.
 * @param {ArrayLike<number>} one
 * @param {ArrayLike<number>} other
 */
export function correlation(one, other) {
  const [meanOne, meanOther] = [mean(one), mean(other)]
  let [both, first, second] = [0, 0, 0]
  for (let index = 0; index < one.length; index += 1) {
    const [a, b] = [one[index] - meanOne, other[index] - meanOther]
    both += a * b
    first += a * a
    second += b * b
  }
  return first > 0 && second > 0 ? both / Math.sqrt(first * second) : 0
}

/**
 * Return the units in an order: pinned ones first, then the largest first (by number: the smallest).
 * @param {Grid} grid
 * @param {Order} order
 * @param {{token: number, unit: number, pinned: number[], least: number}} choice least: units whose
 *     value at the token is below it are left out
 * @returns {number[]}
 */
export function orderedUnits(grid, order, { token, unit, pinned, least }) {
  const isPinned = new Set(pinned)
  const all = Array.from({ length: grid.units }, (_none, index) => index)
  const shown = all.filter((one) => isPinned.has(one) || grid.values[token * grid.units + one] >= least)
  const keys = new Map(shown.map((one) => [one, orderKey(grid, order, one, { token, unit })]))
  const key = (/** @type {number} */ one) => /** @type {number} */ (keys.get(one))
  const rest = shown.filter((one) => !isPinned.has(one)).sort((a, b) => key(b) - key(a) || a - b)
  return [...pinned.filter((one) => one < grid.units), ...rest]
}

/** @param {Grid} grid @param {Order} order @param {number} one @param {{token: number, unit: number}} choice */
function orderKey(grid, order, one, { token, unit }) {
  if (order === 'number') return -one
  if (order === 'word') return grid.values[token * grid.units + one]
  const row = rowOf(grid, one)
  if (order === 'mean') return mean(row)
  if (order === 'change') return change(row)
  return correlation(row, rowOf(grid, unit))
}

/**
 * Return the tokens at which a unit is highest: those above a part of its range.
 * @param {ArrayLike<number>} row
 * @param {number} fraction 0 for its lowest value, 1 for its highest
 */
export function highTokens(row, fraction) {
  const values = Array.from(row)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const limit = low + fraction * (high - low)
  const indices = values.map((_value, index) => index)
  return high > low ? indices.filter((index) => values[index] >= limit).sort((a, b) => values[b] - values[a]) : []
}
