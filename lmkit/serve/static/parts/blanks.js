/** Answers for the blanks of the text, with the reasons for each, after a pause in typing. */

import { texts } from '../texts.js'
import { element, fillWith } from './element.js'
import { Latest } from './latest.js'
import { REASONS, scaleOfReasons } from './reasons.js'
import { percent } from './sampling.js'

/** @import {Filling, FillReasons} from '../engine.js' */
/** @import {Page} from './page.js' */
/** @import {ReasonScale} from './reasons.js' */

const PAUSE = 150 // milliseconds without a key before blanks are asked for
const SHOWN = 3

export class Blanks extends HTMLElement {
  /** @type {Page} */ // set before it is connected
  page = /** @type {any} */ (null)
  #latest = new Latest()
  #list = element('ol', { id: 'fill', class: 'fillings', 'aria-label': texts.fill.title })
  #note = element('p', { class: 'note' })

  connectedCallback() {
    this.append(element('h3', {}, texts.fill.title), this.#note, this.#list)
  }

  disconnectedCallback() {
    this.#latest.cancel()
  }

  /** Ask anew, after a pause; the next key cancels. */
  async refresh() {
    const { page } = this
    const { text } = page.now
    const model = page.facts.id
    this.#latest.cancel()
    if (page.hasBlank) this.classList.add('is-waiting')
    if (!page.hasBlank) return this.#show([])
    const found = await this.#latest.ask((signal) => page.engine.fill(text, { model, k: SHOWN, signal }), PAUSE)
    if (found) this.#show(found.fillings)
  }

  /** @param {Filling[]} fillings */
  #show(fillings) {
    this.classList.remove('is-waiting')
    const edges = scaleOfReasons(fillings)
    fillWith(this.#list, ...fillings.map((one) => this.#row(one, edges)))
    fillWith(this.#note, ...(fillings.length ? [texts.fill.why] : this.#offer()))
    this.page.showFillings(fillings)
  }

  /** Offer an example where the text has no blank. */
  #offer() {
    const put = () => this.page.state.set({ text: texts.fill.example })
    return [texts.fill.none, ' ', element('button', { type: 'button', class: 'button small', onclick: put }, texts.fill.example)]
  }

  /** @param {Filling} filling @param {ReasonScale} scale */
  #row(filling, scale) {
    const words = filling.words.join(texts.fill.between)
    const take = () => this.page.box.take(filling.text)
    const attributes = {
      type: 'button',
      class: 'filling',
      'data-word': words,
      'data-probability': filling.probability,
      onclick: take,
    }
    const head = element('button', attributes, element('strong', {}, words), ' ', element('span', {}, percent(filling.probability)))
    return element('li', {}, head, filling.why && reasons(filling.why, scale))
  }
}

/** @param {FillReasons} why @param {ReasonScale} scale */
function reasons(why, { mean, most }) {
  const rows = REASONS.map((name) => {
    const value = why[name]
    if (value === null) return null
    const bits = (value - mean[name]) / Math.LN2
    return element(
      'div',
      { class: 'reason', title: texts.fill.raw(value / Math.LN2) },
      element('dt', {}, texts.fill.reasons[name]),
      element(
        'dd',
        {},
        element('span', {
          class: `reason-bar ${bits < 0 ? 'is-against' : 'is-for'}`,
          'aria-hidden': 'true',
          vars: { '--length': Math.abs(value - mean[name]) / most },
        }),
        element('span', { class: 'reason-number' }, texts.signed(bits)),
      ),
    )
  })
  return element('dl', { class: 'reasons' }, ...rows)
}

customElements.define('lm-blanks', Blanks)
