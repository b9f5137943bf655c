/** One unit over the text: its line, and the words where it is high. */

import { texts } from '../texts.js'
import { element, fillWith } from './element.js'
import { partColour } from './palette.js'
import { toSvg } from './scene.js'
import { unitLineScene } from './unit_line.js'
import { highTokens, rowOf } from './unit_orders.js'

/** @import {HeatMapData} from './heat_map.js' */
/** @import {Page} from './page.js' */

const MOST_WORDS = 24

export class UnitOverText extends HTMLElement {
  /** @type {Page} */ // set before it is connected
  page = /** @type {any} */ (null)
  /** @type {{data: HeatMapData, picked: {unit: number, token: number}} | null} */
  #shown = null
  #title = element('h3', {})
  #line = element('div', { class: 'chart unit-line', tabindex: '0', role: 'group', 'aria-label': texts.unit.line })
  #words = element('div', { class: 'chips', role: 'group', 'aria-label': texts.unit.high })
  #limit = element('input', { id: 'high', type: 'range', min: 10, max: 100, value: 75, oninput: () => this.#draw() })
  #number = element('output', { class: 'number', for: 'high' })

  connectedCallback() {
    const slider = element('div', { class: 'field' }, element('label', { for: 'high' }, texts.unit.limit), this.#limit, this.#number)
    this.append(this.#title, this.#line, slider, this.#words)
  }

  /**
   * Show a unit.
   * @param {HeatMapData} data
   * @param {{unit: number, token: number}} picked
   */
  show(data, picked) {
    this.#shown = { data, picked }
    this.#draw()
  }

  #draw() {
    if (!this.#shown) return
    const { data, picked } = this.#shown
    const row = rowOf(data.grid, picked.unit)
    const high = highTokens(row, Number(this.#limit.value) / 100)
    this.#title.textContent = texts.unit.title(picked.unit, data.name)
    this.#number.textContent = texts.unit.limitNumber(Number(this.#limit.value))
    const isGate = row.every((value) => value >= 0 && value <= 1) && !['candidate', 'cell', 'hidden'].includes(data.name)
    const most = Math.max(0.2, ...Array.from(row, Math.abs))
    const scene = unitLineScene({
      label: texts.unit.title(picked.unit, data.name),
      words: data.words,
      row,
      high: new Set(high),
      picked: picked.token,
      range: isGate ? [0, 1] : [-most, most],
      colour: partColour(data.name),
    })
    this.#line.style.setProperty('--width', `${scene.width}px`)
    fillWith(this.#line, toSvg(scene))
    const chips = high.slice(0, MOST_WORDS).map((token) => this.#chip(data.words[token], token, row[token]))
    fillWith(this.#words, element('span', { class: 'chips-title' }, chips.length ? texts.unit.high : texts.unit.none), ...chips)
  }

  /** @param {string} word @param {number} token @param {number} value */
  #chip(word, token, value) {
    const pick = () => this.page.state.set({ word: token })
    return element('button', { type: 'button', class: 'chip', onclick: pick }, word, element('small', {}, ` ${texts.number(value)}`))
  }
}

customElements.define('lm-unit-over-text', UnitOverText)
