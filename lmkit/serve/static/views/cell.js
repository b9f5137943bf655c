/** View "Cell": the arithmetic of one unit at one word, step by step, for LSTM, GRU and Elman cells. */

import { cellScene } from '../parts/cell_drawing.js'
import { stepsOf } from '../parts/cell_steps.js'
import { element, field, fillWith } from '../parts/element.js'
import { reporting } from '../parts/page.js'
import { scaleOf } from '../parts/palette.js'
import { toSvg } from '../parts/scene.js'
import { addendScene, sumScene } from '../parts/sum_drawing.js'
import { hasCellState, valuesOf } from '../parts/traces.js'
import { rowOf } from '../parts/unit_orders.js'
import { View } from '../parts/view.js'
import { WordStrip } from '../parts/word_strip.js'
import { texts } from '../texts.js'

/** @import {Trace, UnitStep} from '../engine.js' */
/** @import {CellStep} from '../parts/cell_steps.js' */
/** @import {Key} from '../parts/page_state.js' */

const RUN = 1400 // milliseconds in which a sum is drawn
const DRAWN = ['lstm', 'gru', 'elman'] // cells that there are drawings of
const REST = 900 // milliseconds between two steps while they play

export class CellView extends View {
  /** @type {{trace: Trace, unit: UnitStep} | null} */
  #known = null
  #at = 0
  #frame = 0
  #timer = 0
  #strip = new WordStrip(texts.cell.words)
  #layer = element('select', { id: 'cell-layer', onchange: () => this.page.state.set({ layer: Number(this.#layer.value), unit: 0 }) })
  #unitBox = element('input', { id: 'cell-unit', type: 'number', min: 0, step: 1, class: 'unit-number', onchange: () => this.#setUnit(Number(this.#unitBox.value)) })
  #drawing = element('div', { class: 'chart cell-drawing', tabindex: '0', role: 'group', 'aria-label': texts.cell.drawing })
  #steps = element('div', { class: 'segments', role: 'group', 'aria-label': texts.cell.steps })
  #equation = element('p', { class: 'equation', 'aria-live': 'polite' })
  #sum = element('div', { class: 'chart', tabindex: '0', role: 'group', 'aria-label': texts.cell.addLabel })
  #play = element('button', { type: 'button', class: 'button', onclick: () => this.#togglePlay() }, texts.cell.play)
  #body = element('div', { class: 'cell-body' })
  #empty = element('p', { class: 'card empty' }, texts.empty)

  /** @override @returns {import('../texts.js').ViewName} */
  get name() {
    return 'cell'
  }

  /** @override @returns {Key[]} */
  get dependsOn() {
    return ['text', 'model', 'layer', 'unit', 'word']
  }

  /** @override */
  build() {
    const units = field('cell-unit', texts.cell.unit, this.#unitBox)
    const layers = field('cell-layer', texts.gates.layer, this.#layer)
    const back = element('button', { type: 'button', class: 'button', onclick: () => this.#go(this.#at - 1) }, texts.cell.back)
    const on = element('button', { type: 'button', class: 'button', onclick: () => this.#go(this.#at + 1) }, texts.cell.on)
    const player = element('div', { class: 'player' }, back, this.#play, on)
    this.#body.append(
      element('div', { class: 'card' }, element('div', { class: 'controls' }, layers, units), this.#strip, this.#drawing),
      element('div', { class: 'card' }, element('div', { class: 'player-row' }, this.#steps, player), this.#equation, this.#sum),
    )
    this.#empty.hidden = this.page.hasText
    this.#body.hidden = true
    this.append(this.#empty, this.#body)
    this.#drawing.addEventListener('click', (event) => this.#clicked(event))
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback()
    this.#pause()
  }

  /** @override */
  async refresh() {
    const { page } = this
    if (!page.hasText || !this.#isDrawn) {
      this.latest.cancel()
      this.#known = null
    } else {
      const known = await this.latest.ask((signal) => this.#ask(signal))
      if (!known) return
      this.#known = known
    }
    this.draw()
  }

  /** @override */
  draw() {
    this.#empty.hidden = this.page.hasText && this.#isDrawn
    this.#empty.textContent = this.#isDrawn ? texts.empty : texts.cell.noDrawing
    this.#body.hidden = this.#known === null
    if (!this.#known) return
    this.#drawControls()
    this.#drawSteps()
  }

  /** @override */
  picture() {
    if (!this.#known) return null
    return cellScene(this.#known.unit, this.#isPlaying ? this.#step.name : 'all', this.#word)
  }

  /** @override */
  numbers() {
    if (!this.#known) return []
    const { gates, cell_before: before, cell, hidden } = this.#known.unit
    const terms = Object.entries(gates).flatMap(([gate, { bias, input, recurrent, value }]) => [
      [gate, 'bias', '', bias],
      ...input.map((term, index) => [gate, 'input', index, term]),
      ...recurrent.map((term, index) => [gate, 'recurrent', index, term]),
      [gate, 'value', '', value],
    ])
    return [['gate', 'term', 'index', 'value'], ...terms, ['', 'cell_before', '', before], ['', 'cell', '', cell], ['', 'hidden', '', hidden]]
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    const { textRead, facts, now, engine, traces } = this.page
    const trace = await traces.of(textRead, facts.id, signal)
    const layer = Math.min(trace.layers.length, Math.max(1, now.layer))
    const unit = Math.min(trace.layers[layer - 1].units - 1, Math.max(0, now.unit))
    const token = this.#place(trace)
    return { trace, unit: await engine.unit(textRead, { model: facts.id, layer, unit, token, signal }) }
  }

  get #isDrawn() {
    return DRAWN.includes(this.page.facts.cell)
  }

  /** @param {Trace} trace */
  #place({ tokens }) {
    const { word } = this.page.now
    return word >= 0 && word < tokens.length ? word : tokens.length - 1
  }

  get #word() {
    return this.#known ? this.#known.trace.tokens[this.#place(this.#known.trace)] : ''
  }

  /** @returns {CellStep[]} */
  get #all() {
    return this.#known ? stepsOf(this.#known.unit) : []
  }

  get #step() {
    const all = this.#all
    return all[Math.min(all.length - 1, this.#at)]
  }

  get #isPlaying() {
    return this.#timer !== 0
  }

  #drawControls() {
    const trace = /** @type {Trace} */ (this.#known?.trace)
    const { layer, unit } = this.page.now
    const values = trace.layers[Math.min(trace.layers.length, layer) - 1]
    fillWith(this.#layer, ...trace.layers.map((_one, index) => element('option', { value: index + 1 }, String(index + 1))))
    this.#layer.value = String(layer)
    this.#unitBox.max = String(values.units - 1)
    this.#unitBox.value = String(unit)
    const part = hasCellState(trace.cell) ? 'cell' : 'hidden'
    const row = rowOf({ values: valuesOf(values, part), units: values.units, tokens: trace.tokens.length }, unit)
    const most = Math.max(0.2, ...Array.from(row, Math.abs))
    const scale = scaleOf('signed')
    this.#strip.show({
      words: trace.tokens,
      marked: new Set([this.#place(trace)]),
      colours: Array.from(row, (value) => scale(0.5 + value / (2 * most))),
      pick: (word) => this.page.state.set({ word }),
    })
  }

  #drawSteps() {
    const all = this.#all
    const { name, symbols, numbers } = this.#step
    const buttons = all.map((step, index) =>
      element('button', { type: 'button', class: 'button small', 'data-step': step.name, 'aria-pressed': String(step.name === name), onclick: () => this.#go(index) }, texts.cell.names[step.name] ?? step.name))
    const focused = [...this.#steps.children].indexOf(/** @type {Element} */ (document.activeElement))
    fillWith(this.#steps, ...buttons)
    if (focused >= 0) buttons[Math.min(focused, buttons.length - 1)].focus()
    fillWith(this.#drawing, toSvg(cellScene(/** @type {UnitStep} */ (this.#known?.unit), name, this.#word)))
    fillWith(this.#equation, element('span', { class: 'symbols' }, symbols), element('span', { class: 'numbers' }, numbers))
    this.#runSum()
  }

  /** Draw the sum of the step, term by term unless motion is not wanted. */
  #runSum() {
    cancelAnimationFrame(this.#frame)
    const begin = performance.now()
    const isStill = window.matchMedia('(prefers-reduced-motion: reduce)').matches
    const show = () => {
      const progress = isStill ? 1 : Math.min(1, (performance.now() - begin) / RUN)
      this.#showSum(1 - (1 - progress) ** 2)
      if (progress < 1) this.#frame = requestAnimationFrame(show)
    }
    show()
  }

  /** @param {number} progress */
  #showSum(progress) {
    const { sum, addends, name } = this.#step
    const unit = /** @type {UnitStep} */ (this.#known?.unit)
    const whole = name === 'cell' ? unit.cell : unit.hidden
    if (sum) fillWith(this.#sum, toSvg(sumScene(sum, name, progress)))
    else if (addends) fillWith(this.#sum, toSvg(addendScene(addends, whole, progress)))
    else fillWith(this.#sum, element('p', { class: 'note' }, texts.cell.readNote(unit.x.length, unit.h.length)))
  }

  /** @param {number} at */
  #go(at) {
    this.#pause()
    this.#at = Math.min(this.#all.length - 1, Math.max(0, at))
    this.#drawSteps()
  }

  #togglePlay() {
    if (this.#isPlaying) return this.#pause()
    this.#at = this.#at >= this.#all.length - 1 ? 0 : this.#at
    this.#play.textContent = texts.cell.pause
    this.#timer = window.setInterval(() => this.#advance(), RUN + REST)
    this.#drawSteps()
  }

  #advance() {
    if (this.#at >= this.#all.length - 1) return this.#pause()
    this.#at += 1
    this.#drawSteps()
  }

  #pause() {
    window.clearInterval(this.#timer)
    this.#timer = 0
    this.#play.textContent = texts.cell.play
  }

  /** @param {number} unit */
  #setUnit(unit) {
    reporting(this.page, async () => this.page.state.set({ unit: Math.max(0, Math.round(unit) || 0) }))
  }

  /** A click on a gate of the drawing goes to its step. @param {Event} event */
  #clicked(event) {
    const part = /** @type {Element} */ (event.target).getAttribute('data-part')
    const at = this.#all.findIndex((step) => step.name === part)
    if (at >= 0) this.#go(at)
  }
}

customElements.define('lm-cell', CellView)
