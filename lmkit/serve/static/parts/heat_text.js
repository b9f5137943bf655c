/** Words with heat behind them, as buttons and as a picture. */

import { css, inkOn, themeColour } from './palette.js'

/** @import {Rgb} from './palette.js' */
/** @import {Scene, Shape} from './scene.js' */

/**
 * @typedef {object} HeatRow One model's heat: a colour and a number for each word.
 * @property {string} name
 * @property {Rgb[]} colours
 * @property {string[]} numbers
 */

const WIDTH = 820
const SIZE = 17
const PAD = 6
const GAP = 4
const CELL = 27
const NUMBER = 15

/**
 * Draw words as flowing text, the rows of heat above each other.
 * @param {string} label
 * @param {string[]} words
 * @param {HeatRow[]} rows
 * @returns {Scene}
 */
export function heatTextScene(label, words, rows) {
  const widths = wordWidths(words)
  const line = rows.length * (CELL + NUMBER) + 12
  let x = 0
  let y = rows.length > 1 ? 22 : 8
  /** @type {Shape[]} */
  const shapes = rows.length > 1 ? [legend(rows)] : []
  for (const [index, word] of words.entries()) {
    if (x + widths[index] > WIDTH && x > 0) {
      x = 0
      y += line
    }
    shapes.push(...rows.flatMap((row, depth) => cell(row, index, word, { x, y: y + depth * (CELL + NUMBER), width: widths[index] })))
    x += widths[index] + GAP
  }
  return { width: WIDTH, height: y + line, paper: themeColour('card'), label, shapes }
}

/** @param {HeatRow[]} rows @returns {Shape} */
function legend(rows) {
  return { kind: 'text', x: 0, y: 14, size: 12, fill: themeColour('soft'), text: rows.map((row) => row.name).join(' / ') }
}

/** @param {HeatRow} row @param {number} index @param {string} word @param {{x: number, y: number, width: number}} box @returns {Shape[]} */
function cell({ colours, numbers }, index, word, { x, y, width }) {
  const colour = colours[index]
  const middle = x + width / 2
  return [
    { kind: 'rect', x, y, width, height: CELL, radius: 5, fill: css(colour) },
    { kind: 'text', x: middle, y: y + 19, size: SIZE, serif: true, anchor: 'middle', text: word, fill: inkOn(colour) },
    { kind: 'text', x: middle, y: y + CELL + 11, size: 10, anchor: 'middle', text: numbers[index], fill: themeColour('soft') },
  ]
}

/** @param {string[]} words */
function wordWidths(words) {
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement('canvas').getContext('2d'))
  pen.font = `${SIZE}px Georgia, "Liberation Serif", serif`
  return words.map((word) => Math.max(24, Math.ceil(pen.measureText(word).width) + 2 * PAD))
}
