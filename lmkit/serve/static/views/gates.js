/** View "Gates": every gate and state of every unit over the text, and gates forced by a click. */

import { element, field, fillWith } from '../parts/element.js'
import { ForceControl } from '../parts/force_control.js'
import { HeatMap } from '../parts/heat_map.js'
import { colourOf, thumbnails } from '../parts/part_thumbnails.js'
import { partsOf, valuesOf } from '../parts/traces.js'
import { orderedUnits } from '../parts/unit_orders.js'
import { UnitOverText } from '../parts/unit_over_text.js'
import { View } from '../parts/view.js'
import { texts } from '../texts.js'

/** @import {Trace} from '../engine.js' */
/** @import {HeatMapData} from '../parts/heat_map.js' */
/** @import {Grid, Order} from '../parts/unit_orders.js' */

const ORDERS = /** @type {Order[]} */ (['number', 'word', 'change', 'mean', 'like'])

export class GatesView extends View {
  /** @type {Trace | null} */
  #trace = null
  #map = new HeatMap()
  #force = new ForceControl()
  #unit = new UnitOverText()
  #parts = element('div', { class: 'thumbs', role: 'radiogroup', 'aria-label': texts.gates.parts })
  #layer = element('select', { id: 'layer', onchange: () => this.page.state.set({ layer: Number(this.#layer.value), unit: 0, pinned: [] }) })
  #order = element('select', { id: 'order', onchange: () => this.draw() }, ...ORDERS.map((one) => element('option', { value: one }, texts.gates.orders[one])))
  #least = element('input', { id: 'least', type: 'range', min: 0, max: 100, value: 0, oninput: () => this.draw() })
  #leastNumber = element('output', { class: 'number', for: 'least' })
  #readout = element('p', { class: 'readout', 'aria-live': 'polite' })
  #pin = element('button', { type: 'button', class: 'button small', onclick: () => this.#togglePin() })
  #body = element('div', { class: 'gates-body' })
  #empty = element('p', { class: 'card empty' }, texts.empty)

  /** @override @returns {import('../texts.js').ViewName} */
  get name() {
    return 'gates'
  }

  /** @override */
  build() {
    this.#force.page = this.page
    this.#unit.page = this.page
    this.#map.addEventListener('pick', (event) => this.#pick(/** @type {CustomEvent} */ (event).detail))
    this.#map.addEventListener('over', (event) => this.#say(/** @type {CustomEvent} */ (event).detail ?? this.#picked))
    this.#map.addEventListener('key', (event) => this.#key(/** @type {CustomEvent<string>} */ (event).detail))
    const controls = element(
      'div',
      { class: 'controls' },
      field('layer', texts.gates.layer, this.#layer),
      field('order', texts.gates.order, this.#order),
      field('least', texts.gates.least, this.#least, this.#leastNumber),
    )
    this.#body.append(
      element('div', { class: 'card' }, this.#parts, controls, this.#map, element('div', { class: 'readout-row' }, this.#readout, this.#pin)),
      element('div', { class: 'card' }, this.#force),
      element('div', { class: 'card' }, this.#unit),
    )
    this.#empty.hidden = this.page.hasText
    this.#body.hidden = true
    this.append(this.#empty, this.#body)
  }

  /** @override */
  async refresh() {
    if (!this.page.hasText) {
      this.latest.cancel()
      this.#trace = null
      return this.draw()
    }
    const { textRead, facts } = this.page
    const trace = await this.latest.ask((signal) => this.page.traces.of(textRead, facts.id, signal))
    if (!trace) return
    this.#trace = trace
    this.draw()
  }

  /** @override */
  draw() {
    const data = this.#data()
    this.#empty.hidden = this.page.hasText
    this.#body.hidden = data === null
    if (!data || !this.#trace) return
    this.#drawControls(data)
    fillWith(this.#parts, ...thumbnails(this.page, this.#trace.tokens, this.#layerTrace, this.#names))
    this.#map.show(data, this.#picked)
    this.#say(this.#picked)
    this.#force.show(Object.keys(this.#layerTrace.gates), this.#part)
    this.#unit.show(data, this.#picked)
  }

  /** @override */
  picture() {
    return this.#map.picture()
  }

  /** @override */
  numbers() {
    if (!this.#trace) return []
    const { tokens } = this.#trace
    const layer = this.#layerTrace
    const rows = this.#names.flatMap((part) =>
      Array.from({ length: layer.units }, (_none, unit) => [
        this.page.now.layer, part, unit, ...tokens.map((_word, token) => valuesOf(layer, part)[token * layer.units + unit]),
      ]),
    )
    return [['layer', 'part', 'unit', ...tokens], ...rows]
  }

  get #layerTrace() {
    const layers = /** @type {Trace} */ (this.#trace).layers
    return layers[Math.min(layers.length, Math.max(1, this.page.now.layer)) - 1]
  }

  get #names() {
    return partsOf(this.#layerTrace, this.#trace?.cell ?? '')
  }

  get #part() {
    const names = this.#names
    return names.includes(this.page.now.part) ? this.page.now.part : names[0]
  }

  get #picked() {
    const count = this.#trace?.tokens.length ?? 0
    const { word, unit } = this.page.now
    return { unit: Math.min(unit, (this.#trace ? this.#layerTrace.units : 1) - 1), token: word >= 0 && word < count ? word : count - 1 }
  }

  /** @returns {HeatMapData | null} */
  #data() {
    if (!this.#trace?.tokens.length) return null
    const { layer, pinned, forces } = this.page.now
    const { units } = this.#layerTrace
    const values = valuesOf(this.#layerTrace, this.#part)
    const grid = { values, units, tokens: this.#trace.tokens.length }
    const forced = forces.filter((one) => one.layer === layer && one.gate === this.#part)
    const held = forced.flatMap((one) => one.units ?? Array.from({ length: units }, (_none, index) => index))
    const order = /** @type {Order} */ (this.#order.value)
    const rows = orderedUnits(grid, order, { ...this.#picked, pinned, least: this.#leastOf(grid) })
    return { name: this.#part, grid, words: this.#trace.tokens, units: rows, pinned, forced: new Set(held), colour: colourOf(this.#layerTrace, this.#part) }
  }

  /** Value below which units are left out: a part of the range at the picked word. @param {Grid} grid */
  #leastOf({ values, units }) {
    const part = Number(this.#least.value) / 100
    const at = values.subarray(this.#picked.token * units, (this.#picked.token + 1) * units)
    if (part === 0) return -Infinity
    const [low, high] = [Math.min(...at), Math.max(...at)]
    return low + part * (high - low) - 1e-6
  }

  /** @param {HeatMapData} data */
  #drawControls({ words, units, grid }) {
    const layers = /** @type {Trace} */ (this.#trace).layers.length
    fillWith(this.#layer, ...Array.from({ length: layers }, (_none, index) => element('option', { value: index + 1 }, String(index + 1))))
    this.#layer.value = String(this.page.now.layer)
    this.#leastNumber.textContent = texts.gates.shown(units.length, grid.units, words[this.#picked.token])
    this.#pin.textContent = this.page.now.pinned.includes(this.#picked.unit) ? texts.gates.unpin : texts.gates.pin
  }

  /** @param {{unit: number, token: number}} at */
  #say({ unit, token }) {
    if (!this.#trace) return
    const layer = this.#layerTrace
    const value = valuesOf(layer, this.#part)[token * layer.units + unit]
    this.#readout.textContent = texts.gates.readout({ unit, word: this.#trace.tokens[token], part: this.#part, value })
  }

  /** @param {{unit: number, token: number}} at */
  #pick({ unit, token }) {
    this.page.state.set({ unit, word: token })
  }

  #togglePin() {
    const { pinned } = this.page.now
    const { unit } = this.#picked
    this.page.state.set({ pinned: pinned.includes(unit) ? pinned.filter((one) => one !== unit) : [...pinned, unit] })
  }

  /** @param {string} key */
  #key(key) {
    if (key === 'p') this.#togglePin()
    else this.#force.key(key)
  }
}

customElements.define('lm-gates', GatesView)
