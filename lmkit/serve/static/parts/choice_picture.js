/** Picture of the choice of the next word: bars over the most probable words, what is cut off in grey. */

import { texts } from '../texts.js'
import { themeColour } from './palette.js'
import { percent } from './sampling.js'
import { straight } from './scene.js'

/** @import {Drawn} from './sampling.js' */
/** @import {Scene, Shape} from './scene.js' */

const WIDTH = 820
const HEIGHT = 190
const LEFT = 40
const FLOOR = 126
const TOP = 14
const SHOWN = 40
const STEP = (WIDTH - LEFT) / SHOWN

/**
 * Draw the words as bars, most probable first.
 * @param {Drawn[]} drawn
 * @param {boolean} isLimited whether words can be cut off
 * @returns {Scene}
 */
export function choiceScene(drawn, isLimited) {
  const words = drawn.slice(0, SHOWN)
  const most = Math.max(1e-9, ...words.flatMap((one) => [one.probability, one.drawn]))
  const height = (/** @type {number} */ value) => ((FLOOR - TOP) * value) / most
  const shapes = [...axis(most, height), ...words.flatMap((one, index) => wordShapes(one, index, height))]
  const cut = words.findIndex((one) => one.cut)
  if (isLimited && cut > 0) shapes.push(...cutShapes(LEFT + cut * STEP - 2))
  return { width: WIDTH, height: HEIGHT, paper: themeColour('card'), label: texts.choice.label, shapes }
}

/** @param {number} most @param {(value: number) => number} height @returns {Shape[]} */
function axis(most, height) {
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5].find((one) => most / one <= 4) ?? 0.5
  const soft = themeColour('soft')
  /** @type {Shape[]} */
  const shapes = []
  for (let value = 0; value <= most; value += step) {
    const y = FLOOR - height(value)
    shapes.push({ kind: 'path', d: straight(LEFT - 4, y, WIDTH, y), stroke: themeColour('line') })
    shapes.push({ kind: 'text', x: LEFT - 8, y: y + 4, text: percent(value), size: 11, anchor: 'end', fill: soft })
  }
  return shapes
}

/** @param {Drawn} one @param {number} index @param {(value: number) => number} height @returns {Shape[]} */
function wordShapes({ word, probability, cut, drawn }, index, height) {
  const x = LEFT + index * STEP
  const value = cut ? probability : drawn
  const fill = themeColour(cut ? 'bar-cut' : 'accent')
  /** @type {Shape[]} */
  const shapes = [{ kind: 'rect', x, y: FLOOR - height(value), width: STEP - 4, height: height(value), radius: 2, fill }]
  if (Math.abs(value - probability) > 1e-6) {
    const y = FLOOR - height(probability)
    shapes.push({ kind: 'path', d: straight(x - 1, y, x + STEP - 3, y), stroke: themeColour('warm'), line: 2 })
  }
  return [...shapes, ...slanted(word, x + STEP / 2 - 2, cut)]
}

/** @param {string} word @param {number} x @param {boolean} cut @returns {Shape[]} */
function slanted(word, x, cut) {
  const label = word.length > 11 ? `${word.slice(0, 10)}…` : word
  return [{ kind: 'text', x, y: FLOOR + 12, text: label, size: 11, anchor: 'end', turn: -55, fill: themeColour(cut ? 'soft' : 'ink') }]
}

/** @param {number} x @returns {Shape[]} */
function cutShapes(x) {
  const colour = themeColour('soft')
  return [
    { kind: 'path', d: straight(x, TOP - 8, x, FLOOR + 4), stroke: colour, dash: '4 4' },
    { kind: 'text', x: x + 7, y: TOP + 2, text: texts.choice.cut, size: 12, fill: colour },
  ]
}
