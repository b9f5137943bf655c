/** View "Write": blanks, the choice of the next word under temperature, top-k and top-p, and keys saved. */

import { Blanks } from '../parts/blanks.js'
import { element, fillWith } from '../parts/element.js'
import { choiceScene } from '../parts/choice_picture.js'
import { isFiltering, percent } from '../parts/sampling.js'
import { toSvg } from '../parts/scene.js'
import { View } from '../parts/view.js'
import { texts } from '../texts.js'

/** @type {{key: 'temperature' | 'top_k' | 'top_p', min: number, max: number, step: number}[]} */
const SLIDERS = [
  { key: 'temperature', min: 0.1, max: 2, step: 0.1 },
  { key: 'top_k', min: 0, max: 50, step: 1 },
  { key: 'top_p', min: 0.05, max: 1, step: 0.05 },
]

export class WriteView extends View {
  #blanks = new Blanks()
  #chart = element('div', { class: 'chart', tabindex: '0', role: 'group', 'aria-label': texts.choice.label })
  #summary = element('p', { class: 'note' })
  #saved = element('p', { class: 'saved' })
  #savedBar = element('div', { class: 'meter', 'aria-hidden': 'true' }, element('span', {}))
  /** @type {(() => void)[]} */
  #sliders = []

  /** @override @returns {import('../texts.js').ViewName} */
  get name() {
    return 'write'
  }

  /** @override @param {AbortSignal} signal */
  build(signal) {
    this.#blanks.page = this.page
    const sliders = element('div', { class: 'sliders' }, ...SLIDERS.map((one) => this.#slider(one)))
    this.append(
      element('div', { class: 'card blanks-card' }, this.#blanks),
      element('div', { class: 'card' }, element('h3', {}, texts.choice.title), this.#summary, this.#chart, sliders),
      element('div', { class: 'card' }, element('h3', {}, texts.keys.title), this.#savedBar, this.#saved),
    )
    this.page.addEventListener('drawn', () => this.draw(), { signal })
  }

  /** @override */
  async refresh() {
    this.draw()
    await this.#blanks.refresh()
  }

  /** @override */
  draw() {
    for (const show of this.#sliders) show()
    const scene = this.picture()
    fillWith(this.#chart, scene && toSvg(scene))
    this.#summary.textContent = this.#said()
    this.#drawSaved()
  }

  #said() {
    const { drawn, now } = this.page
    const kept = drawn.filter((one) => !one.cut)
    const mass = kept.reduce((sum, one) => sum + one.drawn, 0)
    const rest = drawn.length && mass < 0.5 ? texts.choice.rest(percent(1 - mass)) : ''
    if (!isFiltering(now)) return texts.choice.free + rest
    return texts.choice.limited(kept.length, drawn.length) + rest
  }

  /** @override */
  picture() {
    return this.page.drawn.length ? choiceScene(this.page.drawn, this.#isLimited) : null
  }

  /** @override */
  numbers() {
    const rows = this.page.drawn.map((one) => [one.word, one.probability, one.cut ? 1 : 0, one.drawn])
    return [['word', 'probability', 'cut', 'drawn'], ...rows]
  }

  get #isLimited() {
    return this.page.now.top_k > 0 || this.page.now.top_p < 1
  }

  #drawSaved() {
    const { typed, given, picks, saved } = this.page.box.keys
    this.#savedBar.style.setProperty('--length', String(saved))
    this.#saved.textContent = typed + given ? texts.keys.saved(typed + given, typed + picks, saved) : texts.keys.none
  }

  /** @param {typeof SLIDERS[number]} slider */
  #slider({ key, min, max, step }) {
    const number = element('output', { class: 'number', for: `slider-${key}` })
    const change = () => this.page.state.set({ [key]: Number(input.value) })
    const input = element('input', { id: `slider-${key}`, type: 'range', min, max, step, oninput: change })
    this.#sliders.push(() => {
      input.value = String(this.page.now[key])
      number.textContent = texts.choice.values[key](this.page.now[key])
    })
    return element(
      'div',
      { class: 'slider' },
      element('label', { for: `slider-${key}`, title: texts.choice.explained[key] }, texts.choice.names[key]),
      input,
      number,
    )
  }
}

customElements.define('lm-write', WriteView)
