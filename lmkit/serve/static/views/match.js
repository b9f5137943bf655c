/** View "Match": pick words, and see other places where the same units are high. */

import { element, field, fillWith } from '../parts/element.js'
import { heatTextScene } from '../parts/heat_text.js'
import { bestMatches, highUnits, limitsOf, sharesOf } from '../parts/matches.js'
import { reporting } from '../parts/page.js'
import { css, inkOn, scaleOf } from '../parts/palette.js'
import { percent } from '../parts/sampling.js'
import { hasCellState, valuesOf } from '../parts/traces.js'
import { View } from '../parts/view.js'
import { WordStrip } from '../parts/word_strip.js'
import { texts } from '../texts.js'

/** @import {Trace} from '../engine.js' */
/** @import {Match} from '../parts/matches.js' */
/** @import {Key} from '../parts/page_state.js' */
/** @import {Grid} from '../parts/unit_orders.js' */

const MOST_PLACES = 12
const AROUND = 6 // words shown on either side of a place
const WRITTEN = 120 // words that the model writes to be searched
const MOST_LETTERS = 12_000
const MOST_UNITS = 40 // listed

/** @typedef {{units: number[], shares: Float32Array, places: Match[], words: string[]}} Found */

export class MatchView extends View {
  /** @type {Trace | null} */
  #trace = null
  /** @type {{text: string, trace: Trace} | null} */
  #other = null
  /** @type {Set<number>} */
  #picked = new Set()
  #isChosen = false // until a word is picked, one is shown as an example
  #strip = new WordStrip(texts.match.words)
  #part = element('select', { id: 'match-part', onchange: () => this.draw() })
  #layer = element('select', { id: 'match-layer', onchange: () => this.page.state.set({ layer: Number(this.#layer.value) }) })
  #limit = element('input', { id: 'match-limit', type: 'range', min: 30, max: 95, value: 85, oninput: () => this.draw() })
  #limitNumber = element('output', { class: 'number', for: 'match-limit' })
  #only = element('input', { id: 'match-only', type: 'checkbox', onchange: () => this.draw() })
  #text = element('textarea', { id: 'match-text', rows: '4', maxlength: MOST_LETTERS, placeholder: texts.match.placeholder, onchange: () => this.#search() })
  #units = element('div', { class: 'chips', role: 'group', 'aria-label': texts.match.units })
  #places = element('ol', { class: 'places', 'aria-label': texts.match.places })
  #note = element('p', { class: 'note', role: 'status' })
  #body = element('div', { class: 'match-body' })
  #empty = element('p', { class: 'card empty' }, texts.empty)

  /** @override @returns {import('../texts.js').ViewName} */
  get name() {
    return 'match'
  }

  /** @override @returns {Key[]} */
  get dependsOn() {
    return ['text', 'model', 'layer']
  }

  /** @override */
  build() {
    const write = element('button', { type: 'button', class: 'button small', onclick: () => this.#write() }, texts.match.write)
    const clear = element('button', { type: 'button', class: 'button small', onclick: () => this.#clear() }, texts.match.clear)
    const controls = element(
      'div',
      { class: 'controls' },
      field('match-layer', texts.gates.layer, this.#layer),
      field('match-part', texts.match.part, this.#part),
      field('match-limit', texts.unit.limit, this.#limit, this.#limitNumber),
      element('div', { class: 'field' }, this.#only, element('label', { for: 'match-only' }, texts.match.only)),
    )
    this.#body.append(
      element('div', { class: 'card' }, element('h3', {}, texts.match.pick), this.#strip, controls, this.#units),
      element('div', { class: 'card' }, element('label', { for: 'match-text', class: 'block-label' }, texts.match.look), this.#text,
        element('div', { class: 'chips' }, write, clear), this.#note, this.#places),
    )
    this.#empty.hidden = this.page.hasText
    this.#body.hidden = true
    this.append(this.#empty, this.#body)
  }

  /** @override */
  async refresh() {
    const { page } = this
    this.latest.cancel()
    const trace = page.hasText && (await this.latest.ask((signal) => page.traces.of(page.textRead, page.facts.id, signal)))
    if (trace === null) return // a newer text was asked about
    this.#trace = trace || null
    const count = this.#trace?.tokens.length ?? 0
    this.#picked = new Set([...this.#picked].filter((token) => token < count))
    if (!this.#picked.size && count) this.#picked.add(page.now.word >= 0 && page.now.word < count ? page.now.word : count - 1)
    this.draw()
  }

  /** @override */
  draw() {
    this.#empty.hidden = this.page.hasText
    this.#body.hidden = this.#trace === null
    if (!this.#trace) return
    this.#drawControls(this.#trace)
    const found = this.#find(this.#trace)
    fillWith(this.#units, element('span', { class: 'chips-title' }, texts.match.found(found.units.length)), ...found.units.slice(0, MOST_UNITS).map((unit) => this.#unitChip(unit)),
      found.units.length > MOST_UNITS && element('span', { class: 'chips-title' }, texts.match.more(found.units.length - MOST_UNITS)))
    fillWith(this.#places, ...found.places.map((place) => this.#place(place, found)))
    this.#note.textContent = found.places.length ? texts.match.where(this.#other !== null) : texts.match.none
  }

  /** @override */
  picture() {
    if (!this.#trace) return null
    const { words, shares } = this.#find(this.#trace)
    const scale = scaleOf('surprise')
    const row = { name: '', colours: Array.from(shares, (share) => scale(share)), numbers: Array.from(shares, (share) => percent(share)) }
    return heatTextScene(texts.match.label, words, [row])
  }

  /** @override */
  numbers() {
    if (!this.#trace) return []
    const { words, shares, units } = this.#find(this.#trace)
    return [['units', units.join(' ')], ['position', 'word', 'share'], ...words.map((word, index) => [index, word, shares[index]])]
  }

  /** @param {Trace} trace */
  #drawControls(trace) {
    const parts = hasCellState(trace.cell) ? ['cell', 'hidden'] : ['hidden']
    const part = this.#part.value || parts[0]
    fillWith(this.#part, ...parts.map((one) => element('option', { value: one }, texts.partName(one))))
    this.#part.value = parts.includes(part) ? part : parts[0]
    fillWith(this.#layer, ...trace.layers.map((_one, index) => element('option', { value: index + 1 }, String(index + 1))))
    this.#layer.value = String(Math.min(trace.layers.length, this.page.now.layer))
    this.#limitNumber.textContent = texts.unit.limitNumber(Number(this.#limit.value))
    this.#strip.show({ words: trace.tokens, marked: this.#picked, pick: (token) => this.#toggle(token) })
  }

  /** @param {Trace} trace @returns {Grid} */
  #grid({ layers, tokens }) {
    const layer = layers[Math.min(layers.length, Math.max(1, this.page.now.layer)) - 1]
    return { values: valuesOf(layer, this.#part.value), units: layer.units, tokens: tokens.length }
  }

  /** @param {Trace} trace @returns {Found} */
  #find(trace) {
    const own = this.#grid(trace)
    const searched = this.#other ? this.#grid(this.#other.trace) : own
    const picked = [...this.#picked].sort((one, other) => one - other)
    const limits = limitsOf([own, searched], Number(this.#limit.value) / 100)
    const units = highUnits(own, picked, limits, this.#only.checked)
    const shares = sharesOf(searched, units, limits)
    const without = this.#other ? new Set() : this.#picked
    const length = picked.length ? picked[picked.length - 1] - picked[0] + 1 : 1
    const places = units.length ? bestMatches(shares, length, { most: MOST_PLACES, without: /** @type {Set<number>} */ (without) }) : []
    return { units, shares, places, words: (this.#other?.trace ?? trace).tokens }
  }

  /** @param {number} token */
  #toggle(token) {
    if (!this.#isChosen) this.#picked.clear()
    this.#isChosen = true
    if (!this.#picked.delete(token)) this.#picked.add(token)
    this.draw()
  }

  /** @param {number} unit */
  #unitChip(unit) {
    const show = () => this.page.state.set({ view: 'gates', unit, part: this.#part.value })
    return element('button', { type: 'button', class: 'chip', 'aria-label': texts.match.toGates(unit), onclick: show }, String(unit))
  }

  /** @param {Match} place @param {Found} found */
  #place({ first, last, share }, { words, shares }) {
    const scale = scaleOf('surprise')
    const begin = Math.max(0, first - AROUND)
    const shown = words.slice(begin, last + AROUND + 1).map((word, index) => {
      const token = begin + index
      const colour = scale(shares[token])
      const isInside = token >= first && token <= last
      return element('span', { class: `place-word${isInside ? ' is-inside' : ''}`, vars: { '--heat': css(colour), '--heat-ink': inkOn(colour) } }, word)
    })
    return element('li', {}, element('span', { class: 'place-share' }, percent(share)), element('span', { class: 'place-words' }, ...shown))
  }

  #search() {
    reporting(this.page, async () => {
      const text = this.#text.value.trim()
      const { engine, facts } = this.page
      this.#other = text ? { text, trace: await engine.trace(text, { model: facts.id, from: 0 }) } : null
      this.draw()
    })
  }

  /** Let the model write a text to be searched. */
  #write() {
    reporting(this.page, async () => {
      const { engine, facts, textRead } = this.page
      const { text } = await engine.generate(textRead, { model: facts.id, words: WRITTEN, seed: 1 })
      this.#text.value = text.trim()
      this.#search()
    })
  }

  #clear() {
    this.#text.value = ''
    this.#search()
  }
}

customElements.define('lm-match', MatchView)
