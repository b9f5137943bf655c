/** Lists of words with their probabilities as bars. */

import { texts } from '../texts.js'
import { element } from './element.js'
import { percent } from './sampling.js'

/** @import {WordProbability} from '../engine.js' */
/** @import {Drawn} from './sampling.js' */

/**
 * Create one row: a button, so that a click takes the word.
 * @param {Drawn} drawn
 * @param {number} most the longest bar's probability
 * @param {(word: string) => void} take
 */
export function bar(drawn, most, take) {
  const { word, probability, cut, drawn: chance } = drawn
  const shown = cut ? probability : chance
  return element(
    'button',
    {
      type: 'button',
      class: `bar${cut ? ' is-cut' : ''}`,
      'data-word': word,
      'data-probability': probability,
      onclick: () => take(word),
      vars: { '--length': shown / most, '--model': probability / most },
    },
    element('span', { class: 'bar-fill', 'aria-hidden': 'true' }),
    chance !== probability && element('span', { class: 'bar-model', 'aria-hidden': 'true' }),
    element('span', { class: 'bar-word' }, word),
    ' ',
    element('span', { class: 'bar-number' }, cut ? texts.next.left : percent(shown)),
  )
}

/**
 * Create plain rows, without sampling and without a click.
 * @param {{word: string, value: number, shown: string}[]} rows
 */
export function plainBars(rows) {
  const most = Math.max(1e-9, ...rows.map((one) => one.value))
  return rows.map(({ word, value, shown }) =>
    element(
      'li',
      { class: 'bar is-plain', vars: { '--length': Math.max(0, value / most) } },
      element('span', { class: 'bar-fill', 'aria-hidden': 'true' }),
      element('span', { class: 'bar-word' }, word),
      element('span', { class: 'bar-number' }, shown),
    ),
  )
}

/**
 * Create rows of two bars: with the forced gates above, without below.
 * @param {WordProbability[]} forced
 * @param {WordProbability[]} unforced
 * @param {(word: string) => void} take
 */
export function pairedBars(forced, unforced, take) {
  const without = new Map(unforced.map((one) => [one.word, one.probability]))
  const among = new Map(forced.map((one) => [one.word, one.probability]))
  const words = [...new Set([...forced, ...unforced].map((one) => one.word))]
  const most = Math.max(1e-9, ...among.values(), ...without.values())
  return words.map((word) => {
    const now = among.get(word)
    const then = without.get(word)
    return element(
      'button',
      {
        type: 'button',
        class: 'bar is-pair',
        'data-word': word,
        'data-probability': now ?? 0,
        'data-unforced': then ?? 0,
        onclick: () => take(word),
        vars: { '--length': (now ?? 0) / most, '--model': (then ?? 0) / most },
      },
      element('span', { class: 'bar-fill', 'aria-hidden': 'true' }),
      element('span', { class: 'bar-under', 'aria-hidden': 'true' }),
      element('span', { class: 'bar-word' }, word),
      ' ',
      element('span', { class: 'bar-number' }, shownChance(now), heard(texts.force.forced), element('small', {}, shownChance(then), heard(texts.force.unforced))),
    )
  })
}

/** @param {string} text what is heard and not seen */
function heard(text) {
  return element('span', { class: 'hidden-label' }, ` ${text} `)
}

/** @param {number | undefined} probability unknown where it is below those listed */
function shownChance(probability) {
  return probability === undefined ? texts.next.below : percent(probability)
}
