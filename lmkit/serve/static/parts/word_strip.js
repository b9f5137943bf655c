/** The words of the text as a row of buttons: one is picked, or several are marked. */

import { element, fillWith } from './element.js'
import { css, inkOn } from './palette.js'
import { rove, setStop } from './roving.js'

/** @import {Rgb} from './palette.js' */

/**
 * @typedef {object} Strip
 * @property {string[]} words
 * @property {Set<number>} marked
 * @property {Rgb[]} [colours] heat behind the words
 * @property {(place: number) => void} pick
 */

export class WordStrip extends HTMLElement {
  /** @param {string} label what the row is called for those who hear it */
  constructor(label) {
    super()
    this.label = label
    rove(this, '.strip-word')
  }

  connectedCallback() {
    this.setAttribute('role', 'group')
    this.setAttribute('aria-label', this.label)
  }

  /**
   * Show words; the focus stays at its place.
   * @param {Strip} strip
   */
  show({ words, marked, colours, pick }) {
    const at = [...this.children].indexOf(/** @type {Element} */ (document.activeElement))
    const made = words.map((word, place) =>
      element(
        'button',
        {
          type: 'button',
          class: `strip-word${colours ? ' has-heat' : ''}`,
          'aria-pressed': String(marked.has(place)),
          'data-place': place,
          onclick: () => pick(place),
          vars: colours ? { '--heat': css(colours[place]), '--heat-ink': inkOn(colours[place]) } : {},
        },
        word,
      ),
    )
    fillWith(this, ...made)
    setStop(made, at >= 0 ? at : ([...marked].at(-1) ?? 0))
    if (at >= 0) made[Math.min(at, made.length - 1)]?.focus()
  }
}

customElements.define('lm-word-strip', WordStrip)
