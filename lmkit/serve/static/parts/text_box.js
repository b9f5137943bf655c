/** Text box with ghost text, blanks filled in place, and a count of the keys saved. */

import { texts } from '../texts.js'
import { element, fillWith } from './element.js'

const BLANK = /_{3,}/g

/** Counts of characters by how they came. */
export class KeyCount {
  typed = 0 // by a key each
  given = 0 // by taking an offer
  picks = 0 // keys or clicks that took one

  /** Fraction of the characters that needed no key. */
  get saved() {
    const all = this.typed + this.given
    return all ? Math.max(0, (this.given - this.picks) / all) : 0
  }
}

/**
 * Append a word to a text: in place of the word begun, or after a space.
 * @param {string} text
 * @param {string} word
 * @param {{finishes?: boolean}} [how] finishes: the word completes the last one
 */
export function withWord(text, word, { finishes = false } = {}) {
  const before = finishes ? text.replace(/\S*$/, '') : text
  return before + (before === '' || /\s$/.test(before) ? '' : ' ') + word
}

/** The text box of the page: fires 'edit' with the text, and 'take' where the ghost is taken. */
export class TextBox extends HTMLElement {
  keys = new KeyCount()
  #ghost = ''
  /** @type {string[]} */
  #fillings = []
  #area = element('textarea', {
    id: 'text',
    rows: '2',
    spellcheck: 'false',
    autocapitalize: 'off',
    autocomplete: 'off',
    placeholder: texts.box.placeholder,
    'aria-describedby': 'text-hint',
    oninput: () => this.#edited(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event),
    onscroll: () => (this.#mirror.scrollTop = this.#area.scrollTop),
  })
  #mirror = element('div', { class: 'mirror', 'aria-hidden': 'true' })
  #before = ''

  connectedCallback() {
    this.append(
      element('label', { class: 'hidden-label', for: 'text' }, texts.box.label),
      element('div', { class: 'paper' }, this.#mirror, this.#area),
    )
    for (const name of ['click', 'keyup', 'focus', 'blur']) this.#area.addEventListener(name, () => this.#draw())
  }

  get value() {
    return this.#area.value
  }

  /** @param {string} text */
  set value(text) {
    if (text === this.#area.value) return
    this.#area.value = this.#before = text
    this.#ghost = ''
    this.#draw()
  }

  /**
   * Show what the model would write on.
   * @param {string} text shown after the end of the text
   */
  set ghost(text) {
    this.#ghost = text
    this.#draw()
  }

  /**
   * Show the best fillings above their blanks.
   * @param {string[]} words one for each blank
   */
  set fillings(words) {
    this.#fillings = words
    this.#draw()
  }

  /** @override */
  focus() {
    this.#area.focus()
  }

  /**
   * Replace the text by one that an offer made.
   * @param {string} text
   */
  take(text) {
    this.keys.picks += 1
    this.keys.given += Math.max(0, text.length - this.#area.value.length)
    this.value = text
    this.dispatchEvent(new CustomEvent('take', { detail: text }))
  }

  #edited() {
    const text = this.#area.value
    if (!text) this.keys = new KeyCount()
    else this.keys.typed += Math.max(0, text.length - this.#before.length)
    this.#before = text
    this.#ghost = ''
    this.#draw()
    this.dispatchEvent(new CustomEvent('edit', { detail: text }))
  }

  /** Take the next word of the ghost by the right arrow, all of it with Control. @param {KeyboardEvent} event */
  #pressed(event) {
    const isAtEnd = this.#area.selectionStart === this.value.length
    if (event.key !== 'ArrowRight' || !isAtEnd || !this.#ghost || event.shiftKey) return
    event.preventDefault()
    const taken = event.ctrlKey ? this.#ghost : (/^\s*\S+/.exec(this.#ghost)?.[0] ?? this.#ghost)
    const rest = this.#ghost.slice(taken.length)
    this.take(this.value + taken)
    this.ghost = rest
  }

  #draw() {
    const text = this.#area.value
    const isAtEnd = document.activeElement !== this.#area || this.#area.selectionStart === text.length
    fillWith(
      this.#mirror,
      ...this.#withBlanks(text),
      isAtEnd && this.#ghost && element('span', { class: 'ghost' }, this.#ghost),
      '\u200b',
    )
    this.#area.style.height = `${Math.max(84, this.#mirror.scrollHeight)}px`
  }

  /** @param {string} text */
  #withBlanks(text) {
    /** @type {(Node | string)[]} */
    const found = []
    let end = 0
    for (const [index, match] of [...text.matchAll(BLANK)].entries()) {
      found.push(text.slice(end, match.index))
      const word = this.#fillings[index]
      found.push(element('span', { class: 'blank', 'data-filling': word ?? false }, match[0]))
      end = match.index + match[0].length
    }
    return [...found, text.slice(end)]
  }
}

customElements.define('lm-text-box', TextBox)
