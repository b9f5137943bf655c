/** Next words before and after the filters of the draw: temperature, top-k and top-p. */

/** @import {WordProbability} from '../engine.js' */

/**
 * @typedef {object} Drawn
 * @property {string} word
 * @property {number} probability of the model
 * @property {boolean} cut whether top-k or top-p leaves it out
 * @property {number} drawn the probability of being drawn; 0 where it is cut
 */

/**
 * Say whether settings change the choice at all.
 * @param {{temperature: number, top_k: number, top_p: number}} settings
 */
export function isFiltering({ temperature, top_k, top_p }) {
  return temperature !== 1 || top_k > 0 || top_p < 1
}

/**
 * Say what becomes of each word.
 * @param {WordProbability[]} words by the model, most probable first
 * @param {WordProbability[]} [left] after the filters of the draw; without any where left out
 * @returns {Drawn[]}
 */
export function drawnWords(words, left = words) {
  const chances = new Map(left.map((one) => [one.word, one.probability]))
  return words.map(({ word, probability }) => {
    const drawn = chances.get(word) ?? 0
    return { word, probability, cut: drawn === 0, drawn }
  })
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
