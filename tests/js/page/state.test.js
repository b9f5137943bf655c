import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forceText, fromHash, toHash } from '../../../lmkit/serve/static/parts/link.js'
import { PageState, START } from '../../../lmkit/serve/static/parts/page_state.js'
import { heldAt, withForce, withoutForce } from '../../../lmkit/serve/static/parts/force_list.js'

/** @import {Force} from '../../../lmkit/serve/static/engine.js' */

/** @type {Force[]} */
const forces = [
  { layer: 1, gate: 'forget', units: null, value: 0 },
  { layer: 2, gate: 'output', units: [3, 17], value: 'mean' },
]

test('a state comes back from its link', () => {
  const state = { ...START, text: 'ä & b = “c” ___', view: 'gates', layer: 2, unit: 17, word: 3, pinned: [4, 1], forces, temperature: 0.7, top_k: 5, top_p: 0.9, model: 'a b', compare: 'c', part: 'cell' }
  assert.deepEqual(fromHash(`#${toHash(state)}`), state)
})

test('the state at the start has an empty link', () => {
  assert.equal(toHash(START), '')
  assert.deepEqual(fromHash(''), START)
})

test('what cannot be read in a link is left out', () => {
  const state = fromHash('#unit=x&force=1.gate.forget=7;nonsense;1.gate.input=1&pinned=3,y')
  assert.equal(state.unit, 0)
  assert.deepEqual(state.forces, [{ layer: 1, gate: 'input', units: null, value: 1 }])
  assert.deepEqual(state.pinned, [3])
})

test('a force is written as the command line writes it', () => {
  assert.equal(forceText(forces[0]), '1.gate.forget=0')
  assert.equal(forceText(forces[1]), '2.gate.output[3,17]=mean')
})

test('a gate of the same units is held at one value alone', () => {
  const open = { ...forces[0], value: 1 }
  assert.deepEqual(withForce(forces, open), [forces[1], open])
  assert.deepEqual(withoutForce(forces, open), [forces[1]])
  assert.equal(heldAt(forces, { layer: 2, gate: 'output', units: [3, 17] }), 'mean')
  assert.equal(heldAt(forces, { layer: 2, gate: 'output', units: [3] }), undefined)
})

test('undo and redo go through texts and forces', () => {
  const state = new PageState()
  state.set({ text: 'a' })
  state.set({ forces })
  state.set({ view: 'gates' })
  state.undo()
  assert.deepEqual([state.now.text, state.now.forces, state.now.view], ['a', [], 'gates'])
  state.undo()
  assert.equal(state.now.text, '')
  state.redo()
  state.redo()
  assert.deepEqual(state.now.forces, forces)
  assert.equal(state.canRedo, false)
})

test('keys in quick succession are undone together', () => {
  const state = new PageState()
  for (const text of ['a', 'ab', 'abc']) state.set({ text }, { typed: true })
  state.undo()
  assert.equal(state.now.text, '')
})

test('setting what is so already tells nobody', () => {
  const state = new PageState()
  let told = 0
  state.addEventListener('change', () => (told += 1))
  state.set({ text: '', forces: [] })
  assert.equal(told, 0)
  state.set({ text: 'a', unit: 0 })
  assert.equal(told, 1)
})

test('a change after undo forgets what was undone', () => {
  const state = new PageState()
  state.set({ text: 'a' })
  state.undo()
  state.set({ text: 'b' })
  assert.equal(state.canRedo, false)
  state.forget()
  assert.equal(state.canUndo, false)
})
