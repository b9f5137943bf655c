/**
 * Sampling of the next token: filters, and the draw. The filters are those of
 * lmkit/inference/sampling.py; the chance is the page's own, so seeds draw other tokens than there.
 */

/** @typedef {{temperature?: number, top_k?: number, top_p?: number, min_p?: number}} Sampling */

const COLDEST = 1e-4 // temperatures below take the most probable token

/**
 * Return the probabilities that are left after the filters; they need not sum to 1.
 * @param {Float64Array} probs
 * @param {Uint8Array} banned tokens never drawn
 * @param {Sampling} sampling
 */
export function filtered(probs, banned, { temperature = 1, top_k = 0, top_p = 1, min_p = 0 }) {
  const left = probs.map((prob, id) => (banned[id] ? 0 : prob))
  if (temperature < COLDEST) return keepBest(left, 1)
  if (temperature !== 1) {
    const largest = left.reduce((best, prob) => Math.max(best, prob), 0)
    for (let id = 0; id < left.length; id++) {
      if (left[id]) left[id] = Math.exp(Math.log(left[id] / largest) / temperature)
    }
  }
  let kept = top_k > 0 ? keepBest(left, top_k) : left
  if (top_p < 1) kept = keepMass(kept, top_p)
  if (min_p > 0) {
    const least = min_p * kept.reduce((best, prob) => Math.max(best, prob), 0)
    kept = kept.map((prob) => (prob < least ? 0 : prob))
  }
  return kept
}

/**
 * Draw a token in proportion to what is left; -1 where nothing is.
 * @param {Float64Array} left
 * @param {() => number} random
 */
export function draw(left, random) {
  const total = left.reduce((sum, prob) => sum + prob, 0)
  let point = random() * total
  let last = -1
  for (let id = 0; id < left.length; id++) {
    if (!left[id]) continue
    last = id
    point -= left[id]
    if (point < 0) return id
  }
  return last
}

/**
 * Return a source of numbers from 0 to 1 (Mulberry32); equal seeds give equal ones.
 * @param {number} seed
 */
export function randomFrom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * Keep so many of the most probable; of equal ones the lower ids.
 * @param {Float64Array} probs
 * @param {number} count
 */
function keepBest(probs, count) {
  if (count >= probs.length) return probs
  const edge = probs.slice().sort()[probs.length - count]
  let above = 0
  for (let id = 0; id < probs.length; id++) if (probs[id] > edge) above += 1
  let ties = count - above
  return probs.map((prob) => (prob > edge || (prob === edge && ties-- > 0) ? prob : 0))
}

/**
 * Keep the fewest tokens that together have a mass; at least one.
 * @param {Float64Array} probs
 * @param {number} mass
 */
function keepMass(probs, mass) {
  const kept = new Float64Array(probs.length)
  const wanted = mass * probs.reduce((sum, prob) => sum + prob, 0)
  let reached = 0
  for (const id of ranked(probs)) {
    if (reached >= wanted && reached > 0) break
    kept[id] = probs[id]
    reached += probs[id]
  }
  return kept
}

/**
 * Return the tokens with a probability, most probable first, of equal ones the lower id.
 * @param {Float64Array} probs
 */
function ranked(probs) {
  const ids = Array.from(probs.keys()).filter((id) => probs[id] > 0)
  return ids.sort((a, b) => probs[b] - probs[a] || a - b)
}
