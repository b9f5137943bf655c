/** The page as its views see it: state, engine, models, and the answers that several of them show. */

import { Traces } from './traces.js'

/** @import {Engine, Filling, ModelFacts} from '../engine.js' */
/** @import {Drawn} from './sampling.js' */
/** @import {PageState} from './page_state.js' */
/** @import {TextBox} from './text_box.js' */

const BLANK = /_{3,}/g

/** Fires 'drawn' where next words came, 'filled' where fillings came, 'report' for the status line. */
export class Page extends EventTarget {
  /** @type {Drawn[]} */
  drawn = []
  /** @type {Filling[]} */
  fillings = []
  /** @type {ModelFacts[]} */
  models = []

  /**
   * @param {Engine} engine
   * @param {PageState} state
   * @param {TextBox} box
   */
  constructor(engine, state, box) {
    super()
    this.engine = engine
    this.state = state
    this.box = box
    this.traces = new Traces(engine)
  }

  get now() {
    return this.state.now
  }

  /** Facts of the model that answers. */
  get facts() {
    return this.models.find((one) => one.id === this.now.model) ?? this.models[0]
  }

  get hasBlank() {
    return this.now.text.search(BLANK) >= 0
  }

  /** The text with the best words in its blanks, where they are known. */
  get textRead() {
    const words = this.fillings[0]?.words ?? []
    let index = 0
    return this.now.text.replace(BLANK, (blank) => words[index++] ?? blank)
  }

  /** Whether there is a word to read. */
  get hasText() {
    return this.now.text.trim() !== ''
  }

  /**
   * Say something in the status line; an error as such.
   * @param {unknown} said
   */
  report(said) {
    this.dispatchEvent(new CustomEvent('report', { detail: said }))
  }

  /** @param {Drawn[]} words */
  show(words) {
    this.drawn = words
    this.dispatchEvent(new Event('drawn'))
  }

  /** @param {Filling[]} fillings */
  showFillings(fillings) {
    this.fillings = fillings
    this.box.fillings = fillings[0]?.words ?? []
    this.dispatchEvent(new Event('filled'))
  }
}

/**
 * Run something asynchronous, and report its error.
 * @param {Page} page
 * @param {() => Promise<void>} task
 */
export function reporting(page, task) {
  task().catch((error) => page.report(error))
}
