/** Control that holds a gate shut, open or at its mean, for one unit, the pinned ones or all. */

import { texts } from '../texts.js'
import { element, fillWith } from './element.js'
import { heldAt, withForce, withoutForce } from './force_list.js'

/** @import {Force} from '../engine.js' */
/** @import {Page} from './page.js' */

/** @typedef {'unit' | 'pinned' | 'all'} Reach */
/** @typedef {Force['value'] | undefined} Held undefined: free */

/** @type {{name: 'free' | 'shut' | 'open' | 'mean', value: Held, key: string}[]} */
const STATES = [
  { name: 'free', value: undefined, key: 'f' },
  { name: 'shut', value: 0, key: '0' },
  { name: 'open', value: 1, key: '1' },
  { name: 'mean', value: 'mean', key: 'm' },
]
const REACHES = /** @type {Reach[]} */ (['unit', 'pinned', 'all'])

export class ForceControl extends HTMLElement {
  /** @type {Page} */ // set before it is connected
  page = /** @type {any} */ (null)
  /** @type {Reach} */
  #reach = 'all'
  /** @type {string[]} */
  #gates = []
  #rows = element('div', { class: 'force-rows' })
  #reaches = element('div', { class: 'segments', role: 'group', 'aria-label': texts.force.reach })
  #part = ''

  connectedCallback() {
    const head = element('div', { class: 'force-head' }, element('h3', {}, texts.force.heading), this.#reaches)
    this.append(head, element('p', { class: 'note' }, texts.force.hint), this.#rows)
  }

  /**
   * Show a row for each gate.
   * @param {string[]} gates
   * @param {string} part the one shown large, which keys act on
   */
  show(gates, part) {
    this.#gates = gates
    this.#part = part
    const { unit, pinned, layer } = this.page.now
    if (this.#reach === 'pinned' && !pinned.length) this.#reach = 'unit'
    this.#keepingFocus(() => {
      fillWith(this.#reaches, ...REACHES.map((one) => this.#reachButton(one, { unit, pinned, layer })))
      fillWith(this.#rows, ...(gates.length ? gates.map((gate) => this.#row(gate)) : [element('p', { class: 'empty' }, texts.force.noGates)]))
    })
  }

  /**
   * Act on the gate shown large, for the picked unit.
   * @param {string} key
   */
  key(key) {
    const state = STATES.find((one) => one.key === key)
    if (!state || !this.#gates.includes(this.#part)) return
    this.#reach = 'unit'
    this.#hold(this.#part, state.value)
  }

  get #units() {
    const { unit, pinned } = this.page.now
    if (this.#reach === 'all') return null
    return this.#reach === 'pinned' ? pinned : [unit]
  }

  /** @param {string} gate @param {Held} value */
  #hold(gate, value) {
    const { forces, layer } = this.page.now
    const place = { layer, gate, units: this.#units }
    const next = value === undefined ? withoutForce(forces, { ...place, value: 0 }) : withForce(forces, { ...place, value })
    this.page.state.set({ forces: next })
    this.show(this.#gates, this.#part)
  }

  /** @param {Reach} reach @param {{unit: number, pinned: number[], layer: number}} now */
  #reachButton(reach, now) {
    const choose = () => {
      this.#reach = reach
      this.show(this.#gates, this.#part)
    }
    return element(
      'button',
      { type: 'button', class: 'button small', 'data-focus': `reach-${reach}`, 'aria-pressed': String(reach === this.#reach), disabled: reach === 'pinned' && !now.pinned.length, onclick: choose },
      texts.force.reaches[reach](now),
    )
  }

  /** @param {string} gate */
  #row(gate) {
    const { forces, layer } = this.page.now
    const held = heldAt(forces, { layer, gate, units: this.#units })
    const buttons = STATES.map(({ name, value }) =>
      element(
        'button',
        {
          type: 'button',
          class: 'button small',
          'data-focus': `${gate}-${name}`,
          'data-gate': gate,
          'data-force': name,
          'aria-pressed': String(held === value),
          'aria-label': texts.force.act(gate, name),
          onclick: () => this.#hold(gate, value),
        },
        texts.force.states[name],
      ),
    )
    return element('div', { class: 'force-row' }, element('span', { class: 'force-name' }, texts.parts[gate] ?? gate), element('span', { class: 'segments' }, ...buttons))
  }

  /** @param {() => void} rebuild */
  #keepingFocus(rebuild) {
    const name = this.contains(document.activeElement) ? document.activeElement?.getAttribute('data-focus') : null
    rebuild()
    if (name) /** @type {HTMLElement | null} */ (this.querySelector(`[data-focus="${name}"]`))?.focus()
  }
}

customElements.define('lm-force-control', ForceControl)
