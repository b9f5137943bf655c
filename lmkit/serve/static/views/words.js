/** View "Words": the map of embeddings in two and three dimensions, neighbours and analogies. */

import { plainBars } from '../parts/bars.js'
import { element, field, fillWith } from '../parts/element.js'
import { Latest } from '../parts/latest.js'
import { reporting } from '../parts/page.js'
import { View } from '../parts/view.js'
import { WordMap } from '../parts/word_map.js'
import { texts } from '../texts.js'

/** @import {SimilarWord, Vectors} from '../engine.js' */
/** @import {Key} from '../parts/page_state.js' */

const COUNTS = [200, 500, 1000]
const NEIGHBOURS = 10
const still = window.matchMedia('(prefers-reduced-motion: reduce)')

export class WordsView extends View {
  /** @type {Vectors | null} */
  #vectors = null
  #picked = ''
  #dimensions = 2
  /** @type {SimilarWord[]} */
  #near = []
  #latestNear = new Latest()
  #latestAnalogy = new Latest()
  #map = new WordMap()
  #count = element('select', { id: 'map-count', onchange: () => reporting(this.page, () => this.refresh()) }, ...COUNTS.map((one) => element('option', { value: one, selected: one === 500 }, texts.number(one, 0))))
  #shapes = element('div', { class: 'segments', role: 'group', 'aria-label': texts.words.dimensions })
  #turn = element('button', { type: 'button', class: 'button small', onclick: () => this.#setTurning(!this.#map.turning) }, texts.words.turn)
  #search = element('input', { id: 'map-search', type: 'text', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', list: 'map-words', onchange: () => this.#pick(this.#search.value.trim()) })
  #options = element('datalist', { id: 'map-words' })
  #neighbours = element('ol', { class: 'bars', 'aria-labelledby': 'neighbours-title' })
  #title = element('h3', { id: 'neighbours-title' })
  #three = ['dog', 'dogs', 'cat'].map((word, index) =>
    element('input', { type: 'text', class: 'analogy-word', placeholder: word, autocapitalize: 'off', autocomplete: 'off', spellcheck: 'false', list: 'map-words', 'aria-label': texts.words.places[index] }),
  )
  #analogy = element('ol', { class: 'bars', 'aria-label': texts.words.analogy, 'aria-live': 'polite' })

  /** @override @returns {import('../texts.js').ViewName} */
  get name() {
    return 'words'
  }

  /** @override @returns {Key[]} */
  get dependsOn() {
    return ['model']
  }

  /** @override */
  build() {
    this.#map.addEventListener('pick', (event) => this.#pick(/** @type {CustomEvent<string>} */ (event).detail))
    const controls = element(
      'div',
      { class: 'controls' },
      field('map-search', texts.words.search, this.#search, this.#options),
      field('map-count', texts.words.count, this.#count),
      this.#shapes,
      this.#turn,
    )
    const [a, b, c] = this.#three
    const ask = element('button', { type: 'submit', class: 'button' }, '?')
    ask.setAttribute('aria-label', texts.words.ask)
    const form = element('form', { class: 'analogy', onsubmit: (/** @type {Event} */ event) => this.#solve(event) }, a, texts.words.isTo, b, texts.words.as, c, texts.words.isTo, ask)
    this.append(
      element('div', { class: 'card' }, controls, this.#map),
      element('div', { class: 'word-lists' },
        element('div', { class: 'card' }, this.#title, this.#neighbours),
        element('div', { class: 'card' }, element('h3', {}, texts.words.analogy), form, this.#analogy)),
    )
  }

  /** @override */
  disconnectedCallback() {
    super.disconnectedCallback()
    this.#latestNear.cancel()
    this.#latestAnalogy.cancel()
  }

  /** @override */
  async refresh() {
    const { engine, facts } = this.page
    const count = Math.min(Number(this.#count.value), facts.vocabulary)
    const vectors = await this.latest.ask((signal) => engine.vectors({ model: facts.id, count, signal }))
    if (!vectors) return
    this.#vectors = vectors
    fillWith(this.#options, ...vectors.words.map((word) => element('option', { value: word })))
    this.#pick(vectors.words.includes(this.#picked) ? this.#picked : this.#firstPick(vectors.words))
  }

  /** @override */
  draw() {
    if (!this.#vectors) return
    const names = [2, 3].map((one) =>
      element('button', { type: 'button', class: 'button small', 'data-dimensions': one, 'aria-pressed': String(one === this.#dimensions), onclick: () => this.#setDimensions(one) }, texts.words.dimension(one)))
    const at = [...this.#shapes.children].indexOf(/** @type {Element} */ (document.activeElement))
    fillWith(this.#shapes, ...names)
    if (at >= 0) names[at].focus()
    this.#turn.hidden = this.#dimensions === 2
    this.#turn.setAttribute('aria-pressed', String(this.#map.turning))
    this.#map.show(this.#vectors, { dimensions: this.#dimensions, picked: this.#picked, near: new Set(this.#near.map((one) => one.word)) })
    this.#search.value = this.#picked
    this.#title.textContent = this.#picked ? texts.words.near(this.#picked) : texts.words.pick
    fillWith(this.#neighbours, ...bars(this.#near))
  }

  /** @override */
  picture() {
    return this.#map.picture()
  }

  /** @override */
  numbers() {
    if (!this.#vectors) return []
    const { words, counts, two, three } = this.#vectors
    const rows = words.map((word, index) => [word, counts[index], two[2 * index], two[2 * index + 1], ...three.subarray(3 * index, 3 * index + 3)])
    return [['word', 'count', 'x2', 'y2', 'x3', 'y3', 'z3'], ...rows]
  }

  /** The longest of the last words of the text that is on the map, else a frequent long word. @param {string[]} words */
  #firstPick(words) {
    const known = new Set(words)
    const own = this.page.now.text.toLowerCase().split(/\s+/).filter((word) => word.length > 2 && known.has(word))
    return own.at(-1) ?? words.find((word) => word.length > 3) ?? words[0] ?? ''
  }

  /** @param {string} word */
  #pick(word) {
    this.#picked = word
    if (!word) return
    const { engine, facts } = this.page
    reporting(this.page, async () => {
      const found = await this.#latestNear.ask((signal) => engine.neighbours(word, { model: facts.id, k: NEIGHBOURS, signal }))
      if (!found) return
      this.#near = found.words
      this.draw()
    })
  }

  /** @param {number} dimensions */
  #setDimensions(dimensions) {
    this.#dimensions = dimensions
    this.#setTurning(dimensions === 3 && !still.matches)
  }

  /** @param {boolean} value */
  #setTurning(value) {
    this.#map.turning = value
    this.draw()
  }

  /** @param {Event} event */
  #solve(event) {
    event.preventDefault()
    const words = this.#three.map((input) => input.value.trim() || input.placeholder)
    for (const [index, input] of this.#three.entries()) input.value = words[index]
    const { engine, facts } = this.page
    reporting(this.page, async () => {
      const found = await this.#latestAnalogy.ask((signal) => engine.analogy(words, { model: facts.id, k: 5, signal }))
      if (found) fillWith(this.#analogy, ...bars(found.words))
    })
  }
}

/** @param {SimilarWord[]} words */
function bars(words) {
  return plainBars(words.map(({ word, similarity }) => ({ word, value: similarity, shown: texts.number(similarity) })))
}

customElements.define('lm-words', WordsView)
