/** Picture of a gate's product: the sum runs over bias, every element of x and of h, then is squashed. */

import { texts } from '../texts.js'
import { partColour, themeColour } from './palette.js'
import { straight } from './scene.js'

/** @import {GateSum} from '../engine.js' */
/** @import {Addend} from './cell_steps.js' */
/** @import {Scene, Shape} from './scene.js' */

const WIDTH = 820
const HEIGHT = 176
const TOP = 20
const FLOOR = 138
const LEFT = 46
const RIGHT = 640

/**
 * Draw the sum up to a part of its terms.
 * @param {GateSum} sum
 * @param {string} part
 * @param {number} progress 0..1
 * @returns {Scene}
 */
export function sumScene({ bias, input, recurrent, value }, part, progress) {
  const terms = [bias, ...input, ...recurrent]
  let reached = 0
  const sums = [0, ...terms.map((term) => (reached += term))]
  const [low, high] = [Math.min(0, ...sums), Math.max(0, ...sums)]
  const x = (/** @type {number} */ place) => LEFT + ((RIGHT - LEFT) * place) / terms.length
  const y = (/** @type {number} */ level) => FLOOR - ((FLOOR - TOP) * (level - low)) / (high - low || 1)
  const shown = Math.max(1, Math.round(progress * terms.length))
  const edge = 1 + input.length
  const shapes = [
    ...regions(x, edge, terms.length),
    ...levels([low, 0, high], y),
    ...runningSum(sums, shown, { x, y, colour: partColour(part) }),
    ...(shown === terms.length ? result(sums[shown], value, part, y(sums[shown])) : []),
  ]
  return { width: WIDTH, height: HEIGHT, paper: themeColour('card'), label: texts.cell.sumLabel(part), shapes }
}

/** @param {(place: number) => number} x @param {number} edge @param {number} end @returns {Shape[]} */
function regions(x, edge, end) {
  const soft = themeColour('soft')
  const label = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ text) =>
    /** @type {Shape} */ ({ kind: 'text', x: (x(from) + x(to)) / 2, y: FLOOR + 26, text, size: 12, anchor: 'middle', fill: soft })
  return [
    { kind: 'rect', x: x(1), y: TOP - 8, width: x(edge) - x(1), height: FLOOR - TOP + 16, fill: themeColour('sunk') },
    { kind: 'path', d: straight(x(edge), TOP - 8, x(edge), FLOOR + 8), stroke: themeColour('line') },
    label(1, edge, texts.cell.fromWord(edge - 1)),
    label(edge, end, texts.cell.fromState(end - edge)),
  ]
}

/** @param {number[]} values @param {(level: number) => number} y @returns {Shape[]} */
function levels(values, y) {
  return [...new Set(values)].flatMap((value) => [
    { kind: 'path', d: straight(LEFT, y(value), RIGHT, y(value)), stroke: themeColour(value === 0 ? 'strong-line' : 'line') },
    { kind: 'text', x: LEFT - 6, y: y(value) + 4, text: texts.number(value, 1), size: 11, anchor: 'end', fill: themeColour('soft') },
  ])
}

/** @param {number[]} sums @param {number} shown @param {{x: (place: number) => number, y: (level: number) => number, colour: string}} scale @returns {Shape[]} */
function runningSum(sums, shown, { x, y, colour }) {
  let d = `M${x(0).toFixed(1)} ${y(0).toFixed(1)}`
  for (let place = 1; place <= shown; place += 1) d += `V${y(sums[place]).toFixed(1)}H${x(place).toFixed(1)}`
  return [
    { kind: 'path', d, stroke: colour, line: 2 },
    { kind: 'circle', x: x(shown), y: y(sums[shown]), radius: 4.5, fill: colour },
  ]
}

/** @param {number} sum @param {number} value @param {string} part @param {number} y @returns {Shape[]} */
function result(sum, value, part, y) {
  const squash = part === 'candidate' || part === 'hidden' ? 'tanh' : 'σ'
  return [
    { kind: 'path', d: straight(RIGHT + 8, y, RIGHT + 34, y), stroke: partColour(part), line: 2 },
    { kind: 'text', x: RIGHT + 40, y: y + 5, text: `${squash}(${texts.number(sum)}) =`, size: 14, fill: themeColour('ink') },
    { kind: 'text', x: WIDTH - 8, y: y + 7, text: texts.number(value), size: 21, bold: true, anchor: 'end', fill: themeColour('ink') },
  ]
}

/**
 * Draw what is added up to a state, one bar after the other.
 * @param {Addend[]} addends
 * @param {number} sum
 * @param {number} progress 0..1
 * @returns {Scene}
 */
export function addendScene(addends, sum, progress) {
  const rows = addends.length > 1 ? [...addends, { label: texts.cell.sum, value: sum, part: 'cell' }] : addends
  const most = Math.max(0.1, ...rows.map((row) => Math.abs(row.value)), Math.abs(sum))
  const middle = 500
  const length = (/** @type {number} */ value) => (200 * value) / most
  /** @type {Shape[]} */
  const shapes = [{ kind: 'path', d: straight(middle, 8, middle, 30 + rows.length * 38), stroke: themeColour('strong-line') }]
  let start = 0
  for (const [index, { label, value, part }] of rows.entries()) {
    const isSum = addends.length > 1 && index === addends.length
    const from = middle + length(isSum ? 0 : start)
    const to = from + length(value) * progress
    const y = 20 + index * 38
    shapes.push(
      { kind: 'rect', x: Math.min(from, to), y, width: Math.abs(to - from), height: 22, radius: 3, fill: partColour(part), opacity: isSum ? 1 : 0.7 },
      { kind: 'text', x: 262, y: y + 16, text: label, size: 14, anchor: 'end', fill: themeColour('ink') },
      { kind: 'text', x: 790, y: y + 16, text: texts.number(value), size: 16, bold: isSum, anchor: 'end', fill: themeColour('ink') },
    )
    start += value
  }
  return { width: WIDTH, height: HEIGHT, paper: themeColour('card'), label: texts.cell.addLabel, shapes }
}
