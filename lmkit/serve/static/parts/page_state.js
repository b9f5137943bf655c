/** State of the page: what a link to it holds, with undo. */

/** @import {Force} from '../engine.js' */

/**
 * @typedef {object} State
 * @property {string} text
 * @property {string} view
 * @property {string} model id, empty for the first
 * @property {string} compare id of a second model, empty for none
 * @property {number} layer 1 for the lowest
 * @property {number} unit
 * @property {number} word place among the tokens, -1 for the last
 * @property {string} part gate or state shown
 * @property {number[]} pinned units
 * @property {Force[]} forces
 * @property {number} temperature
 * @property {number} top_k 0 for no limit
 * @property {number} top_p 1 for no limit
 */
/** @typedef {keyof State} Key */

/** @type {Readonly<State>} */
export const START = Object.freeze({
  text: '',
  view: 'write',
  model: '',
  compare: '',
  layer: 1,
  unit: 0,
  word: -1,
  part: 'forget',
  pinned: [],
  forces: [],
  temperature: 1,
  top_k: 0,
  top_p: 1,
})
/** @type {Key[]} */
const UNDOABLE = ['text', 'forces', 'pinned']
const MOST_UNDONE = 200
const ONE_EDIT = 700 // milliseconds: keys that follow sooner are undone together

/** The state, which tells its listeners the keys that changed. */
export class PageState extends EventTarget {
  #state = { ...START }
  /** @type {State[]} */
  #past = []
  /** @type {State[]} */
  #future = []
  #lastEdit = 0

  /** @returns {Readonly<State>} */
  get now() {
    return this.#state
  }

  get canUndo() {
    return this.#past.length > 0
  }

  get canRedo() {
    return this.#future.length > 0
  }

  /**
   * Change some values; a listener of 'change' finds their names in `event.detail`.
   * @param {Partial<State>} patch
   * @param {{typed?: boolean}} [how] typed: one of several keys, undone together
   */
  set(patch, { typed = false } = {}) {
    const keys = /** @type {Key[]} */ (Object.keys(patch)).filter((key) => !isEqual(patch[key], this.#state[key]))
    if (!keys.length) return
    if (keys.some((key) => UNDOABLE.includes(key))) this.#remember(typed)
    this.#state = { ...this.#state, ...patch }
    this.#tell(keys)
  }

  /** Make the state now the first that can be returned to. */
  forget() {
    this.#past = []
    this.#future = []
  }

  undo() {
    this.#move(this.#past, this.#future)
  }

  redo() {
    this.#move(this.#future, this.#past)
  }

  /** @param {boolean} typed */
  #remember(typed) {
    const now = Date.now()
    if (!typed || now - this.#lastEdit > ONE_EDIT) this.#past.push(this.#state)
    if (this.#past.length > MOST_UNDONE) this.#past.shift()
    this.#future = []
    this.#lastEdit = typed ? now : 0
  }

  /** @param {State[]} from @param {State[]} to */
  #move(from, to) {
    const found = from.pop()
    if (!found) return
    to.push(this.#state)
    const changed = UNDOABLE.filter((key) => !isEqual(found[key], this.#state[key]))
    const { text, forces, pinned } = found
    this.#state = { ...this.#state, text, forces, pinned }
    this.#lastEdit = 0
    this.#tell(changed)
  }

  /** @param {Key[]} keys */
  #tell(keys) {
    this.dispatchEvent(new CustomEvent('change', { detail: new Set(keys) }))
  }
}

/** @param {unknown} one @param {unknown} other */
function isEqual(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
