/** State of the page as the part of its address after '#', and back. */

/** @import {Force} from '../engine.js' */
/** @import {State} from './page_state.js' */

import { START } from './page_state.js'

const TEXTS = /** @type {const} */ (['text', 'view', 'model', 'compare', 'part'])
const NUMBERS = /** @type {const} */ (['layer', 'unit', 'word', 'temperature', 'top_k', 'top_p'])

/**
 * Write what differs from the state at the start.
 * @param {Readonly<State>} state
 */
export function toHash(state) {
  const found = new URLSearchParams()
  for (const key of [...TEXTS, ...NUMBERS]) {
    if (state[key] !== START[key]) found.set(key, String(state[key]))
  }
  if (state.pinned.length) found.set('pinned', state.pinned.join(','))
  if (state.forces.length) found.set('force', state.forces.map(forceText).join(';'))
  return found.toString()
}

/**
 * Read a state; what is missing is as at the start, and what cannot be read is left out.
 * @param {string} hash with or without its '#'
 * @returns {State}
 */
export function fromHash(hash) {
  const found = new URLSearchParams(hash.replace(/^#/, ''))
  /** @type {State} */
  const state = { ...START }
  for (const key of TEXTS) state[key] = found.get(key) ?? START[key]
  for (const key of NUMBERS) {
    const value = Number(found.get(key) ?? START[key])
    if (Number.isFinite(value)) state[key] = value
  }
  state.pinned = wholeNumbers(found.get('pinned') ?? '')
  state.forces = (found.get('force') ?? '').split(';').flatMap(parsedForce)
  return state
}

/**
 * Write a force as `lmkit trace --set` does: `1.gate.forget[3,7]=0`.
 * @param {Force} force
 */
export function forceText({ layer, gate, units, value }) {
  return `${layer}.gate.${gate}${units ? `[${units.join(',')}]` : ''}=${value}`
}

/** @param {string} text @returns {Force[]} one, or none where it cannot be read */
function parsedForce(text) {
  const parts = /^(\d+)\.gate\.(\w+)(?:\[([\d,]+)\])?=(mean|[\d.]+)$/.exec(text)
  if (!parts) return []
  const [, layer, gate, units, value] = parts
  const held = value === 'mean' ? value : Number(value)
  if (held !== 'mean' && !(held >= 0 && held <= 1)) return []
  return [{ layer: Number(layer), gate, units: units ? wholeNumbers(units) : null, value: held }]
}

/** @param {string} text */
function wholeNumbers(text) {
  return text.split(',').filter((part) => /^\d+$/.test(part)).map(Number)
}
