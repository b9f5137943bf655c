/** Reasons of fillings, compared with each other. */

/** @import {Filling} from '../engine.js' */

export const REASONS = /** @type {const} */ (['left', 'right', 'frequency'])

/** @typedef {{mean: Record<typeof REASONS[number], number>, most: number}} ReasonScale */

/**
 * Return the mean of each reason over the answers, and the largest distance from it.
 * @param {Filling[]} fillings
 * @returns {ReasonScale}
 */
export function scaleOfReasons(fillings) {
  const whys = fillings.flatMap((one) => (one.why ? [one.why] : []))
  const mean = { left: 0, right: 0, frequency: 0 }
  for (const why of whys) for (const name of REASONS) mean[name] += (why[name] ?? 0) / whys.length
  const distances = whys.flatMap((why) => REASONS.map((name) => Math.abs((why[name] ?? 0) - mean[name])))
  return { mean, most: Math.max(1e-9, ...distances) }
}
