/** View "Surprise": the text as heat, one or two models, and what was expected in place of a word. */

import { plainBars } from '../parts/bars.js'
import { element, fillWith } from '../parts/element.js'
import { heatTextScene } from '../parts/heat_text.js'
import { css, inkOn, scaleOf } from '../parts/palette.js'
import { rove, setStop } from '../parts/roving.js'
import { percent } from '../parts/sampling.js'
import { View } from '../parts/view.js'
import { texts } from '../texts.js'

/** @import {Score, ScoredWord} from '../engine.js' */
/** @import {Key} from '../parts/page_state.js' */

const MOST_BITS = 16 // the darkest heat, the same for every text, so that texts can be compared
const EXPECTED = 5
const PAUSE = 150 // milliseconds without a key before the words expected are asked for

/** @typedef {{model: string, score: Score}} Scored */

export class SurpriseView extends View {
  /** @type {Scored[]} */
  #scored = []
  #shown = { index: 0, models: /** @type {string[]} */ ([]) }
  #compare = element('select', { id: 'compare', onchange: () => this.page.state.set({ compare: this.#compare.value }) })
  #compareRow = element('p', { class: 'control-row' }, element('label', { for: 'compare' }, texts.surprise.compare), this.#compare)
  #words = element('div', { class: 'heat-words', role: 'group', 'aria-label': texts.surprise.words })
  #totals = element('div', { class: 'totals' })
  #details = element('div', { class: 'card details', 'aria-live': 'polite' })

  /** @override @returns {import('../texts.js').ViewName} */
  get name() {
    return 'surprise'
  }

  /** @override @returns {Key[]} */
  get dependsOn() {
    return ['text', 'model', 'compare']
  }

  /** @override */
  build() {
    rove(this.#words, '.heat-word')
    const legend = element('p', { class: 'legend' }, '0', element('span', { class: 'legend-scale is-surprise' }), texts.surprise.most(MOST_BITS))
    this.append(
      element('div', { class: 'card' }, this.#compareRow, this.#words, element('div', { class: 'below-heat' }, this.#totals, legend)),
      this.#details,
    )
  }

  /** @override */
  async refresh() {
    this.#drawChoices()
    if (!this.page.hasText) {
      this.latest.cancel()
      this.#scored = []
      return this.draw()
    }
    if (await this.#score(0, 0)) await this.#score(EXPECTED, PAUSE)
  }

  /**
   * Ask for the heat: at once without what was expected, which takes longer, and after a pause with it.
   * @param {number} k words expected
   * @param {number} pause milliseconds
   * @returns {Promise<boolean>} whether it was answered before a newer text came
   */
  async #score(k, pause) {
    const { textRead, now, engine, facts } = this.page
    const models = [facts.id, ...(now.compare ? [now.compare] : [])]
    const scored = await this.latest.ask(
      (signal) => Promise.all(models.map(async (model) => ({ model, score: await engine.score(textRead, { model, k, signal }) }))),
      pause,
    )
    if (!scored) return false
    this.#scored = scored
    if (k) this.#showDetails(this.#shown.index, this.#shown.models)
    else this.draw()
    return true
  }

  /** @override */
  draw() {
    const columns = this.#isAligned ? this.#aligned() : this.#scored.flatMap((one) => this.#apart(one))
    const at = [...this.#words.querySelectorAll('.heat-word')].indexOf(/** @type {Element} */ (document.activeElement))
    fillWith(this.#words, ...(this.#scored.length ? columns : [element('p', { class: 'empty' }, texts.empty)]))
    const items = /** @type {HTMLElement[]} */ ([...this.#words.querySelectorAll('.heat-word')])
    setStop(items, this.#place(items.length))
    if (at >= 0) items[Math.min(at, items.length - 1)]?.focus()
    fillWith(this.#totals, ...this.#scored.map((one) => this.#total(one)))
    this.#showDetails(this.#place(items.length))
  }

  /** @override */
  picture() {
    const [first] = this.#scored
    if (!first) return null
    const shown = this.#isAligned ? this.#scored : [first]
    const scale = scaleOf('surprise')
    const rows = shown.map(({ model, score }) => ({
      name: model,
      colours: score.words.map((one) => scale(one.surprisal / MOST_BITS)),
      numbers: score.words.map((one) => one.surprisal.toFixed(1)),
    }))
    return heatTextScene(texts.surprise.label, first.score.words.map((one) => one.word), rows)
  }

  /** @override */
  numbers() {
    const rows = this.#scored.flatMap(({ model, score }) =>
      score.words.map((one, index) => [model, index + 1, one.word, one.surprisal, one.rank, one.entropy, one.unknown ? 1 : 0]),
    )
    return [['model', 'position', 'word', 'surprisal', 'rank', 'entropy', 'unknown'], ...rows]
  }

  get #isAligned() {
    const [first, second] = this.#scored
    return !second || first.score.words.map((one) => one.word).join('\n') === second.score.words.map((one) => one.word).join('\n')
  }

  /** @param {number} count */
  #place(count) {
    const { word } = this.page.now
    return word >= 0 && word < count ? word : count - 1
  }

  #drawChoices() {
    const others = this.page.models.filter((one) => one.id !== this.page.facts.id)
    this.#compareRow.hidden = others.length === 0
    const none = element('option', { value: '' }, texts.surprise.nothing)
    fillWith(this.#compare, none, ...others.map((one) => element('option', { value: one.id }, one.id)))
    this.#compare.value = this.page.now.compare
  }

  /** Columns of words with the heat of every model above each other. */
  #aligned() {
    const [first] = this.#scored
    return first ? first.score.words.map((_one, index) => this.#column(index, this.#scored)) : []
  }

  /** The words of one model alone, where the models cut the text differently. @param {Scored} scored */
  #apart(scored) {
    const title = element('h3', { class: 'whole-row' }, scored.model)
    return [title, ...scored.score.words.map((_one, index) => this.#column(index, [scored]))]
  }

  /** @param {number} index @param {Scored[]} scored */
  #column(index, scored) {
    const show = () => this.#showDetails(index, scored.map((one) => one.model))
    const cells = scored.map(({ score }) => heatCell(score.words[index]))
    return element(
      'button',
      {
        type: 'button',
        class: `heat-word${index === this.page.now.word ? ' is-picked' : ''}`,
        'data-place': index,
        onclick: () => this.page.state.set({ word: index }),
        onpointerenter: show,
        onfocus: show,
      },
      ...cells,
    )
  }

  /** @param {Scored} scored */
  #total({ model, score }) {
    return element('p', {}, this.#scored.length > 1 && element('b', {}, `${model}: `), texts.surprise.total(score.bits, score.words.length, score.perplexity))
  }

  /** @param {number} index @param {string[]} [models] */
  #showDetails(index, models = this.#scored.map((one) => one.model)) {
    this.#shown = { index, models }
    const found = this.#scored.filter(({ model, score }) => models.includes(model) && score.words[index])
    this.#details.hidden = found.length === 0
    fillWith(this.#details, ...found.map((one) => this.#detail(one.score.words[index], one.model)))
  }

  /** @param {ScoredWord} one @param {string} model */
  #detail(one, model) {
    const facts = texts.surprise.facts(one).map(([name, value, hint]) =>
      element('div', { class: 'fact' }, element('dt', {}, name), element('dd', {}, value), element('dd', { class: 'hint' }, hint)),
    )
    const others = one.expected ?? []
    return element(
      'section',
      { class: 'detail' },
      element('h3', {}, this.#scored.length > 1 ? `${one.word} · ${model}` : one.word),
      element('dl', { class: 'facts' }, ...facts),
      others.length > 0 && element('h4', {}, texts.surprise.expected),
      element('ol', { class: 'bars is-narrow' }, ...plainBars(others.map(({ word, probability }) => ({ word, value: probability, shown: percent(probability) })))),
    )
  }
}

/** @param {ScoredWord} one */
function heatCell({ word, surprisal, unknown }) {
  const colour = scaleOf('surprise')(surprisal / MOST_BITS)
  return element(
    'span',
    { class: `heat-cell${unknown ? ' is-unknown' : ''}`, vars: { '--heat': css(colour), '--heat-ink': inkOn(colour) } },
    element('span', { class: 'heat-label' }, word),
    ' ',
    element('span', { class: 'heat-number' }, surprisal.toFixed(1), element('span', { class: 'hidden-label' }, texts.surprise.bits, unknown && texts.surprise.unknown)),
  )
}

customElements.define('lm-surprise', SurpriseView)
