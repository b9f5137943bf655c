/** Arithmetic of sampling: which words temperature, top-k and top-p leave to be drawn. */

/** @import {WordProbability} from '../engine.js' */

/**
 * @typedef {object} Drawn
 * @property {string} word
 * @property {number} probability of the model
 * @property {number} scaled after the temperature
 * @property {boolean} cut whether top-k or top-p leaves it out
 * @property {number} drawn the probability of being drawn; 0 where it is cut
 */

/**
 * Say what becomes of each word. Top-p keeps the first words whose sum reaches it, as `lmkit` does.
 * @param {WordProbability[]} words by the model, most probable first
 * @param {Map<string, number>} scaled probabilities after the temperature
 * @param {{top_k: number, top_p: number}} limits
 * @returns {Drawn[]}
 */
export function drawnWords(words, scaled, { top_k, top_p }) {
  let before = 0
  const found = words.map(({ word, probability }, index) => {
    const value = scaled.get(word) ?? probability
    const cut = (top_k > 0 && index >= top_k) || (top_p < 1 && before >= top_p)
    before += value
    return { word, probability, scaled: value, cut, drawn: 0 }
  })
  const isLimited = top_k > 0 || top_p < 1
  const kept = found.reduce((sum, one) => sum + (one.cut ? 0 : one.scaled), 0)
  return found.map((one) => ({ ...one, drawn: one.cut ? 0 : one.scaled / (isLimited ? kept : 1) }))
}

/**
 * Write a probability as people read it.
 * @param {number} value
 */
export function percent(value) {
  const hundred = value * 100
  if (hundred >= 9.95) return `${hundred.toFixed(0)}%`
  if (hundred >= 0.095) return `${hundred.toFixed(1).replace('.0', '')}%`
  return hundred > 0 ? '<0.1%' : '0%'
}
