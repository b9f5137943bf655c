/** Measures of a heat map, and the whole map as a picture. */

import { css, themeColour } from './palette.js'

/** @import {HeatMapData} from './heat_map.js' */
/** @import {Scene, Shape} from './scene.js' */

/**
 * @typedef {object} Layout pixels
 * @property {number} gutter width of the numbers of the units
 * @property {number} head height of the words
 * @property {number} row
 * @property {number} column
 * @property {number} width of everything
 * @property {number} height of everything
 * @property {number} room width that is there
 * @property {boolean} isSlanted words stand slanted, for lack of room
 */

const ROW = 16
const GUTTER = 58
const NARROWEST = 24
const WIDEST = 88
const LETTER = 7.4
const PICTURE_WIDTH = 900

/**
 * Measure a map.
 * @param {string[]} words
 * @param {number} units
 * @param {number} room
 * @returns {Layout}
 */
export function layoutOf(words, units, room) {
  const longest = Math.min(14, Math.max(1, ...words.map((word) => word.length)))
  const fair = Math.floor((room - GUTTER - 4) / Math.max(1, words.length))
  const column = Math.min(WIDEST, Math.max(NARROWEST, fair))
  const isSlanted = longest * LETTER > column
  const head = isSlanted ? 22 + longest * LETTER * 0.8 : 30
  const width = Math.max(room - 18, GUTTER + words.length * column + (isSlanted ? 30 : 2))
  return { gutter: GUTTER, head, row: ROW, column, width, height: head + units * ROW + 2, room, isSlanted }
}

/**
 * Draw all rows of a map.
 * @param {HeatMapData} data
 * @returns {Scene}
 */
export function heatMapScene({ name, grid, words, units, colour }) {
  const layout = layoutOf(words, units.length, PICTURE_WIDTH)
  /** @type {Shape[]} */
  const shapes = words.map((word, token) => wordShape(word, token, layout))
  for (const [row, unit] of units.entries()) {
    const y = layout.head + row * layout.row
    shapes.push({ kind: 'text', x: layout.gutter - 8, y: y + layout.row - 4, size: 11, anchor: 'end', text: String(unit), fill: themeColour('soft') })
    for (let token = 0; token < words.length; token += 1) {
      const fill = css(colour(grid.values[token * grid.units + unit]))
      shapes.push({ kind: 'rect', x: layout.gutter + token * layout.column, y, width: layout.column - 1, height: layout.row - 1, fill })
    }
  }
  const width = layout.gutter + words.length * layout.column + 40
  return { width, height: layout.height, paper: themeColour('card'), label: name, shapes }
}

/** @param {string} text @param {number} token @param {Layout} layout @returns {Shape} */
function wordShape(text, token, layout) {
  const x = layout.gutter + (token + 0.5) * layout.column
  const place = layout.isSlanted ? { anchor: /** @type {const} */ ('start'), turn: -53 } : { anchor: /** @type {const} */ ('middle') }
  return { kind: 'text', x, y: layout.head - 8, text, size: 14, serif: true, fill: themeColour('ink'), ...place }
}
