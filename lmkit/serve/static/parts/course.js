/** Dialog with the page of the course that explains a view. */

import { course } from '../course_texts.js'
import { element, fillWith } from './element.js'

/** @import {ViewName} from '../texts.js' */

const LINK = /^#course=(\w+)$/

export class CourseDialog extends HTMLElement {
  #body = element('div', { class: 'course-body' })
  #close = element('button', { type: 'button', class: 'button', onclick: () => this.#dialog.close() }, course.close)
  #dialog = element('dialog', { class: 'course', 'aria-labelledby': 'course-title' }, this.#body, this.#close)

  connectedCallback() {
    this.append(this.#dialog)
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close())
  }

  /**
   * Open the page that a link names.
   * @param {string} hash
   * @returns {boolean} whether it names one
   */
  follow(hash) {
    const name = LINK.exec(hash)?.[1]
    if (!name || !(name in course.pages)) return false
    this.#show(/** @type {ViewName} */ (name))
    return true
  }

  /** @param {ViewName} name */
  #show(name) {
    const { title, paragraphs, equations, tries, more } = course.pages[name]
    fillWith(
      this.#body,
      element('h2', { id: 'course-title' }, title),
      ...paragraphs.map((text) => element('p', {}, text)),
      equations && element('pre', { tabindex: '0' }, equations),
      element('h3', {}, course.tries),
      element('ul', {}, ...tries.map((text) => element('li', {}, text))),
      element('p', { class: 'note' }, course.more(more)),
    )
    if (!this.#dialog.open) this.#dialog.showModal()
  }
}

customElements.define('lm-course', CourseDialog)
