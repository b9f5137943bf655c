/** Forced gates as a list, each of which can be let go. */

import { texts } from '../texts.js'
import { element } from './element.js'

/** @import {Force} from '../engine.js' */
/** @import {Page} from './page.js' */

/**
 * Return the forces without those that hold the same gate of the same units, and with a new one.
 * @param {Force[]} forces
 * @param {Force} force
 */
export function withForce(forces, force) {
  return [...withoutForce(forces, force), force]
}

/** @param {Force[]} forces @param {Force} force */
export function withoutForce(forces, force) {
  return forces.filter((one) => !isSamePlace(one, force))
}

/**
 * Return the value at which a gate of some units is held, or undefined where it is free.
 * @param {Force[]} forces
 * @param {Omit<Force, 'value'>} place
 */
export function heldAt(forces, place) {
  return forces.find((one) => isSamePlace(one, place))?.value
}

/** @param {Omit<Force, 'value'>} one @param {Omit<Force, 'value'>} other */
function isSamePlace(one, other) {
  return one.layer === other.layer && one.gate === other.gate && String(one.units) === String(other.units)
}

/**
 * Create a chip for each force, and a button that lets all go.
 * @param {Page} page
 * @returns {HTMLElement[]}
 */
export function forceList(page) {
  const { forces } = page.now
  if (!forces.length) return []
  const free = (/** @type {Force} */ force) => page.state.set({ forces: withoutForce(page.now.forces, force) })
  const chips = forces.map((force) =>
    element(
      'li',
      {},
      element(
        'button',
        { type: 'button', class: 'chip is-force', 'aria-label': texts.force.free(force), onclick: () => free(force) },
        texts.force.name(force),
        element('span', { 'aria-hidden': 'true' }, ' ×'),
      ),
    ),
  )
  const all = element(
    'button',
    { type: 'button', class: 'button small', onclick: () => page.state.set({ forces: [] }) },
    texts.force.freeAll,
  )
  return [
    element('ul', { class: 'chips force-list', 'aria-label': texts.force.title }, ...chips),
    element('p', { class: 'key-line' }, element('span', { class: 'key is-forced' }), texts.force.forced,
      element('span', { class: 'key is-free' }), texts.force.unforced, all),
  ]
}
