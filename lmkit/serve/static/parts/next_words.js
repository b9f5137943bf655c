/** Panel of next words: bars, completions of the word begun, ghost text, and forced gates beside unforced. */

import { texts } from '../texts.js'
import { bar, pairedBars } from './bars.js'
import { element, fillWith } from './element.js'
import { forceList } from './force_list.js'
import { Latest } from './latest.js'
import { reporting } from './page.js'
import { drawnWords, isFiltering } from './sampling.js'
import { withWord } from './text_box.js'

/** @import {Options, WordProbability} from '../engine.js' */
/** @import {Page} from './page.js' */
/** @import {Drawn} from './sampling.js' */

const ASKED = 50
const SHOWN = 10
const GHOST_WORDS = 4
const LIKELY = 0.5 // probability from which a begun word is finished in grey
const PAUSE = 60 // milliseconds without a key before ghost text is asked for

export class NextWords extends HTMLElement {
  /** @type {Page} */ // set before it is connected
  page = /** @type {any} */ (null)
  #latest = new Latest()
  #latestGhost = new Latest()
  #list = element('div', { id: 'next', class: 'bars', role: 'group', 'aria-labelledby': 'next-title' })
  #note = element('p', { class: 'note' })
  #forces = element('div', {})
  #begun = element('div', { id: 'complete', class: 'chips', role: 'group', 'aria-label': texts.next.finish })
  #begunCard = element('div', { class: 'begun', hidden: true }, element('h3', {}, texts.next.finish), this.#begun)

  connectedCallback() {
    const title = element('h2', { id: 'next-title', class: 'side-title' }, texts.next.title)
    this.append(title, this.#forces, this.#list, this.#note, this.#begunCard)
    this.page.addEventListener('filled', () => this.refresh())
    this.refresh()
  }

  /** Ask for the words anew. */
  refresh() {
    reporting(this.page, () => this.#refresh())
    reporting(this.page, () => this.#refreshGhost())
  }

  async #refresh() {
    const { page } = this
    fillWith(this.#forces, ...forceList(page))
    const { forces } = page.now
    const model = page.facts.id
    if (forces.length) {
      const options = { model, k: SHOWN, forces }
      const found = await this.#latest.ask((signal) => page.engine.force(page.textRead, { ...options, signal }))
      if (found) this.#showPairs(found.words, found.unforced)
      return
    }
    const drawn = await this.#latest.ask((signal) => this.#drawn({ model, signal }))
    if (drawn) this.#showBars(drawn)
  }

  /** @param {Options} options @returns {Promise<Drawn[]>} */
  async #drawn(options) {
    const { engine, textRead, now } = this.page
    const { temperature, top_k, top_p } = now
    const { words } = await engine.next(textRead, { ...options, k: ASKED })
    if (!isFiltering(now)) return drawnWords(words)
    const left = await engine.next(textRead, { ...options, k: ASKED, temperature, top_k, top_p })
    return drawnWords(words, left.words)
  }

  /** @param {Drawn[]} drawn */
  #showBars(drawn) {
    const shown = drawn.slice(0, SHOWN)
    const most = Math.max(1e-9, ...shown.flatMap((one) => [one.probability, one.drawn]))
    this.#keepingFocus(shown.map((one) => bar(one, most, (word) => this.#take(word))))
    this.#note.textContent = texts.next.note
    this.page.show(drawn)
  }

  /** @param {WordProbability[]} words @param {WordProbability[]} unforced */
  #showPairs(words, unforced) {
    this.#keepingFocus(pairedBars(words, unforced, (word) => this.#take(word)))
    this.#note.textContent = texts.next.pairNote
  }

  /** Replace the rows, and leave the focus at the place where it was. @param {HTMLElement[]} rows */
  #keepingFocus(rows) {
    const at = [...this.#list.children].indexOf(/** @type {Element} */ (document.activeElement))
    fillWith(this.#list, ...rows)
    if (at >= 0) rows[Math.min(at, rows.length - 1)]?.focus()
  }

  /** @param {string} word */
  #take(word) {
    this.page.box.take(`${withWord(this.page.now.text, word)} `)
  }

  async #refreshGhost() {
    const { page } = this
    const { text } = page.now
    const model = page.facts.id
    const begun = /\S*$/.exec(text)?.[0] ?? ''
    const ghost = await this.#latestGhost.ask(async (signal) => {
      if (!page.hasText || page.hasBlank) return ''
      const words = begun ? await this.#completions(text, begun, { model, signal }) : []
      if (signal.aborted) return ''
      const [best] = words
      if (best && best.probability > LIKELY) return best.word.slice(begun.length)
      const options = { model, signal, words: GHOST_WORDS, temperature: 0, seed: 0 }
      const found = (await page.engine.generate(text, options)).text.split('\n')[0]
      return /\s$/.test(text) ? found.trimStart() : ` ${found.trimStart()}`
    }, PAUSE)
    if (!begun || page.hasBlank) this.#begunCard.hidden = true
    if (ghost !== null) page.box.ghost = ghost.trimEnd()
  }

  /**
   * Ask for words that finish the one begun, and show them.
   * @param {string} text
   * @param {string} begun
   * @param {Options} options
   */
  async #completions(text, begun, options) {
    const { words } = await this.page.engine.complete(text, { ...options, k: 6 })
    if (options.signal?.aborted) return []
    const longer = words.filter((one) => one.word.length > begun.length && startsWith(one.word, begun))
    const finish = (/** @type {string} */ word) =>
      this.page.box.take(`${withWord(text, word, { finishes: true })} `)
    fillWith(this.#begun, ...longer.map((one) => chip(one, begun, finish)))
    this.#begunCard.hidden = longer.length === 0
    return longer
  }
}

/** @param {string} word @param {string} begun */
function startsWith(word, begun) {
  return word.toLowerCase().startsWith(begun.toLowerCase())
}

/** @param {WordProbability} one @param {string} begun @param {(word: string) => void} take */
function chip({ word, probability }, begun, take) {
  return element(
    'button',
    { type: 'button', class: 'chip', 'data-word': word, 'data-probability': probability, onclick: () => take(word) },
    element('b', {}, word.slice(0, begun.length)),
    word.slice(begun.length),
  )
}

customElements.define('lm-next-words', NextWords)
