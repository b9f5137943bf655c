/** Heat map of units by words on a canvas: only what is in sight is drawn; pointer and arrow keys pick. */

import { texts } from '../texts.js'
import { element } from './element.js'
import { heatMapScene, layoutOf } from './heat_picture.js'
import { css, themeColour } from './palette.js'

/** @import {Layout} from './heat_picture.js' */
/** @import {Rgb} from './palette.js' */
/** @import {Grid} from './unit_orders.js' */

/**
 * @typedef {object} HeatMapData
 * @property {string} name of the part
 * @property {Grid} grid
 * @property {string[]} words
 * @property {number[]} units in the order of the rows
 * @property {number[]} pinned
 * @property {Set<number>} forced units whose gate is held
 * @property {(value: number) => Rgb} colour
 */

/** @type {Record<string, [number, number]>} steps of rows and columns */
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
const MOST_HEIGHT = 420

/** Fires 'pick' with {unit, token}, 'key' with other keys pressed, 'over' with what the pointer is over, or null. */
export class HeatMap extends HTMLElement {
  /** @type {HeatMapData | null} */
  #data = null
  #picked = { unit: 0, token: 0 }
  #canvas = element('canvas', { 'aria-hidden': 'true' })
  #space = element('div', { class: 'heat-space' }, this.#canvas)
  #scroll = element(
    'div',
    { class: 'heat-scroll', tabindex: '0', role: 'application', 'aria-label': texts.gates.map, 'aria-describedby': 'heat-keys' },
    this.#space,
  )
  #resized = new ResizeObserver(() => this.#draw())

  connectedCallback() {
    this.append(this.#scroll, element('p', { id: 'heat-keys', class: 'note' }, texts.gates.keys))
    this.#scroll.addEventListener('scroll', () => this.#draw())
    this.#scroll.addEventListener('keydown', (event) => this.#pressed(event))
    this.#canvas.addEventListener('click', (event) => this.#tell('pick', this.#under(event)))
    this.#canvas.addEventListener('pointermove', (event) => this.#tell('over', this.#under(event)))
    this.#canvas.addEventListener('pointerleave', () => this.#tell('over', null))
    this.#resized.observe(this.#scroll)
  }

  disconnectedCallback() {
    this.#resized.disconnect()
  }

  /**
   * Show values.
   * @param {HeatMapData} data
   * @param {{unit: number, token: number}} picked
   */
  show(data, picked) {
    this.#data = data
    this.#picked = picked
    this.#draw()
  }

  /** Bring the picked unit into sight. */
  reveal() {
    const layout = this.#layout()
    const row = this.#data?.units.indexOf(this.#picked.unit) ?? -1
    if (!layout || row < 0) return
    const { scrollTop, clientHeight } = this.#scroll
    const top = row * layout.row
    const room = clientHeight - layout.head - layout.row
    if (top < scrollTop) this.#scroll.scrollTop = top
    else if (top > scrollTop + room) this.#scroll.scrollTop = top - room
    const left = this.#picked.token * layout.column
    const wide = this.#scroll.clientWidth - layout.gutter - layout.column
    if (left < this.#scroll.scrollLeft) this.#scroll.scrollLeft = left
    else if (left > this.#scroll.scrollLeft + wide) this.#scroll.scrollLeft = left - wide
  }

  #layout() {
    return this.#data && layoutOf(this.#data.words, this.#data.units.length, this.#scroll.clientWidth)
  }

  #draw() {
    const layout = this.#layout()
    if (!this.#data || !layout || !layout.room) return
    const height = Math.min(MOST_HEIGHT, layout.height)
    this.#scroll.style.height = `${height + 2}px`
    this.#space.style.width = `${layout.width}px`
    this.#space.style.height = `${layout.height}px`
    const size = { width: Math.min(layout.room, layout.width), height }
    this.#paint(this.#data, layout, size)
  }

  /** @param {HeatMapData} data @param {Layout} layout @param {{width: number, height: number}} size */
  #paint(data, layout, size) {
    const ratio = window.devicePixelRatio || 1
    this.#canvas.width = size.width * ratio
    this.#canvas.height = size.height * ratio
    this.#canvas.style.width = `${size.width}px`
    this.#canvas.style.height = `${size.height}px`
    const pen = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d'))
    pen.scale(ratio, ratio)
    pen.fillStyle = themeColour('card')
    pen.fillRect(0, 0, size.width, size.height)
    const { scrollTop: top, scrollLeft: left } = this.#scroll
    paintCells(pen, data, layout, { top, left, ...size })
    paintPicked(pen, data, layout, { top, left, ...this.#picked })
    paintUnits(pen, data, layout, { top, picked: this.#picked.unit, ...size })
    paintWords(pen, data, layout, { left, picked: this.#picked.token, ...size })
  }

  /** @param {MouseEvent} event */
  #under(event) {
    const layout = this.#layout()
    if (!this.#data || !layout) return null
    const row = Math.floor((event.offsetY - layout.head + this.#scroll.scrollTop) / layout.row)
    const token = Math.floor((event.offsetX - layout.gutter + this.#scroll.scrollLeft) / layout.column)
    const unit = this.#data.units[row]
    if (event.offsetY < layout.head || unit === undefined) return null
    return { unit, token: Math.min(this.#data.words.length - 1, Math.max(0, token)) }
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const step = ARROWS[event.key]
    if (event.ctrlKey || event.metaKey || event.altKey || !this.#data) return
    if (!step) return this.#tell('key', event.key)
    event.preventDefault()
    const { units, words } = this.#data
    const row = Math.max(0, units.indexOf(this.#picked.unit)) + step[0]
    const token = Math.min(words.length - 1, Math.max(0, this.#picked.token + step[1]))
    this.#tell('pick', { unit: units[Math.min(units.length - 1, Math.max(0, row))], token })
    this.reveal()
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    if (detail !== null || name === 'over') this.dispatchEvent(new CustomEvent(name, { detail }))
  }

  /** The whole map as a picture. */
  picture() {
    return this.#data && heatMapScene(this.#data)
  }
}

/** @param {CanvasRenderingContext2D} pen @param {HeatMapData} data @param {Layout} layout @param {{top: number, left: number, width: number, height: number}} sight */
function paintCells(pen, { grid, units, words, colour }, layout, { top, left, width, height }) {
  const firstRow = Math.floor(top / layout.row)
  const lastRow = Math.min(units.length - 1, Math.floor((top + height - layout.head) / layout.row))
  const firstToken = Math.floor(left / layout.column)
  const lastToken = Math.min(words.length - 1, Math.floor((left + width - layout.gutter) / layout.column))
  for (let row = firstRow; row <= lastRow; row += 1) {
    const y = layout.head + row * layout.row - top
    for (let token = firstToken; token <= lastToken; token += 1) {
      pen.fillStyle = css(colour(grid.values[token * grid.units + units[row]]))
      pen.fillRect(layout.gutter + token * layout.column - left, y, layout.column - 1, layout.row - 1)
    }
  }
}

/** @param {CanvasRenderingContext2D} pen @param {HeatMapData} data @param {Layout} layout @param {{top: number, left: number, unit: number, token: number}} at */
function paintPicked(pen, { units, words }, layout, { top, left, unit, token }) {
  const row = units.indexOf(unit)
  if (row < 0) return
  const y = layout.head + row * layout.row - top
  const x = layout.gutter + token * layout.column - left
  pen.strokeStyle = themeColour('ink')
  pen.lineWidth = 1
  pen.strokeRect(layout.gutter - left - 0.5, y - 0.5, words.length * layout.column, layout.row)
  pen.lineWidth = 2.5
  pen.strokeRect(x - 1, y - 1, layout.column + 1, layout.row + 1)
}

/** @param {CanvasRenderingContext2D} pen @param {HeatMapData} data @param {Layout} layout @param {{top: number, height: number, picked: number}} sight */
function paintUnits(pen, { units, pinned, forced }, layout, { top, height, picked }) {
  pen.fillStyle = themeColour('card')
  pen.fillRect(0, 0, layout.gutter - 1, height)
  pen.textAlign = 'right'
  for (const [row, unit] of units.entries()) {
    const y = layout.head + row * layout.row - top
    if (y < layout.head - layout.row || y > height) continue
    pen.font = `${unit === picked ? '600 ' : ''}11px system-ui, "Liberation Sans", sans-serif`
    pen.fillStyle = themeColour(forced.has(unit) ? 'warm' : unit === picked ? 'ink' : 'soft')
    const mark = `${pinned.includes(unit) ? '● ' : ''}${forced.has(unit) ? '▪ ' : ''}`
    pen.fillText(`${mark}${unit}`, layout.gutter - 8, y + layout.row - 4)
  }
}

/** @param {CanvasRenderingContext2D} pen @param {HeatMapData} data @param {Layout} layout @param {{left: number, width: number, picked: number}} sight */
function paintWords(pen, { words }, layout, { left, width, picked }) {
  pen.fillStyle = themeColour('card')
  pen.fillRect(0, 0, width, layout.head - 1)
  pen.textAlign = layout.isSlanted ? 'left' : 'center'
  for (const [token, word] of words.entries()) {
    const x = layout.gutter + (token + 0.5) * layout.column - left
    if (x < layout.gutter || x > width + layout.column) continue
    pen.save()
    pen.translate(x, layout.head - 8)
    if (layout.isSlanted) pen.rotate(-Math.PI / 3.4)
    pen.font = `${token === picked ? '600 ' : ''}14px Georgia, "Liberation Serif", serif`
    pen.fillStyle = themeColour(token === picked ? 'ink' : 'soft')
    pen.fillText(word.length > 14 ? `${word.slice(0, 13)}…` : word, 0, 0)
    pen.restore()
  }
  pen.fillStyle = themeColour('card')
  pen.fillRect(0, 0, layout.gutter - 20, layout.head - 1)
}

customElements.define('lm-heat-map', HeatMap)
