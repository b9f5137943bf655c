/** Picture of one unit over the text: its value at each word, the high ones marked. */

import { themeColour } from './palette.js'
import { straight } from './scene.js'

/** @import {Scene, Shape} from './scene.js' */

/**
 * @typedef {object} UnitLine
 * @property {string} label
 * @property {string[]} words
 * @property {ArrayLike<number>} row values, one for each word
 * @property {Set<number>} high places of the words marked
 * @property {number} picked
 * @property {[number, number]} range lowest and highest value drawn
 * @property {string} colour
 */

const HEIGHT = 150
const TOP = 12
const FLOOR = 96
const LEFT = 40

/**
 * Draw the line.
 * @param {UnitLine} line
 * @returns {Scene}
 */
export function unitLineScene({ label, words, row, high, picked, range, colour }) {
  const width = Math.max(520, LEFT + words.length * 42)
  const step = (width - LEFT - 10) / Math.max(1, words.length)
  const x = (/** @type {number} */ index) => LEFT + (index + 0.5) * step
  const y = (/** @type {number} */ value) => FLOOR - ((FLOOR - TOP) * (value - range[0])) / (range[1] - range[0] || 1)
  const points = words.map((_word, index) => `${index ? 'L' : 'M'}${x(index).toFixed(1)} ${y(row[index]).toFixed(1)}`)
  /** @type {Shape[]} */
  const shapes = [
    ...levels(range, y, width),
    { kind: 'path', d: points.join(''), stroke: colour, line: 2 },
    ...words.flatMap((word, index) => wordShapes(word, { x: x(index), y: y(row[index]) }, { isHigh: high.has(index), isPicked: index === picked, colour })),
  ]
  return { width, height: HEIGHT, paper: themeColour('card'), label, shapes }
}

/** @param {[number, number]} range @param {(value: number) => number} y @param {number} width @returns {Shape[]} */
function levels([low, high], y, width) {
  const values = low < 0 ? [low, 0, high] : [low, (low + high) / 2, high]
  return values.flatMap((value) => [
    { kind: 'path', d: straight(LEFT, y(value), width, y(value)), stroke: themeColour('line') },
    { kind: 'text', x: LEFT - 6, y: y(value) + 4, text: value.toFixed(Math.abs(high) < 1 ? 2 : 1).replace('-', '−'), size: 11, anchor: 'end', fill: themeColour('soft') },
  ])
}

/** @param {string} word @param {{x: number, y: number}} at @param {{isHigh: boolean, isPicked: boolean, colour: string}} look @returns {Shape[]} */
function wordShapes(word, { x, y }, { isHigh, isPicked, colour }) {
  return [
    { kind: 'circle', x, y, radius: isHigh ? 5 : 3, fill: isHigh ? themeColour('warm') : colour },
    { kind: 'text', x: x + 4, y: FLOOR + 16, text: word, size: 13, serif: true, bold: isHigh || isPicked, anchor: 'end', turn: -38, fill: themeColour(isHigh ? 'warm' : isPicked ? 'ink' : 'soft') },
  ]
}
