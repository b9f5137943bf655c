/** What every view has: a head with one line of explanation, a place in the course, and a copy menu. */

import { texts } from '../texts.js'
import { copyMenu } from './copy_menu.js'
import { element } from './element.js'
import { Latest } from './latest.js'
import { reporting } from './page.js'

/** @import {Table} from './csv.js' */
/** @import {Page} from './page.js' */
/** @import {Key} from './page_state.js' */
/** @import {Scene} from './scene.js' */
/** @import {ViewName} from '../texts.js' */

/** A view: builds itself once, and refreshes where a key of the state that it depends on changes. */
export class View extends HTMLElement {
  /** @type {Page} */ // set before it is connected
  page = /** @type {any} */ (null)
  latest = new Latest()
  /** @type {AbortController} */
  #connected = new AbortController()

  /** @returns {ViewName} */
  get name() {
    throw new Error('a view says its name')
  }

  /** Keys of the state after whose change the view asks anew. @returns {Key[]} */
  get dependsOn() {
    return ['text', 'model']
  }

  connectedCallback() {
    const { signal } = (this.#connected = new AbortController())
    this.append(this.#head())
    this.build(signal)
    this.page.state.addEventListener('change', (event) => this.#changed(event), { signal })
    document.addEventListener('theme', () => this.draw(), { signal })
    reporting(this.page, () => this.refresh())
  }

  disconnectedCallback() {
    this.#connected.abort()
    this.latest.cancel()
  }

  /**
   * Create the elements of the view, once.
   * @param {AbortSignal} _signal ends when the view is left
   */
  build(_signal) {}

  /** Ask the engine, and draw. */
  async refresh() {
    this.draw()
  }

  /** Draw what is known. */
  draw() {}

  /** @returns {Scene | null} the picture for copying */
  picture() {
    return null
  }

  /** @returns {Table} the numbers for copying */
  numbers() {
    return []
  }

  #head() {
    const words = texts.views[this.name]
    const source = { name: `lmkit-${this.name}`, picture: () => this.picture(), numbers: () => this.numbers() }
    return element(
      'div',
      { class: 'view-head' },
      element('p', {}, `${words.line} `, element('a', { href: `#course=${this.name}` }, words.course)),
      copyMenu(source, (said) => this.page.report(said)),
    )
  }

  /** @param {Event} event */
  #changed(event) {
    const keys = /** @type {CustomEvent<Set<Key>>} */ (event).detail
    if (this.dependsOn.some((key) => keys.has(key))) reporting(this.page, () => this.refresh())
    else this.draw()
  }
}
