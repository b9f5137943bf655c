/** Steps in which a cell is computed, with the equation of each in numbers. */

import { texts } from '../texts.js'

/** @import {GateSum, UnitStep} from '../engine.js' */

/** @typedef {'lstm' | 'gru' | 'elman'} Family drawings that there are */
/**
 * @typedef {object} CellStep
 * @property {string} name of a gate, or read, cell, hidden
 * @property {string} symbols the equation
 * @property {string} numbers the same with numbers
 * @property {GateSum | null} sum the product behind it
 * @property {Addend[] | null} addends what is added, where the step has no product
 */
/** @typedef {{label: string, value: number, part: string}} Addend */

/** Letters of gates in equations. @type {Record<string, string>} */
export const LETTERS = { input: 'i', forget: 'f', candidate: 'g', output: 'o', update: 'u', reset: 'r' }

/**
 * Return the drawing that fits the gates of a unit.
 * @param {UnitStep} step
 * @returns {Family}
 */
export function familyOf({ gates }) {
  if ('update' in gates) return 'gru'
  return Object.keys(gates).length > 1 ? 'lstm' : 'elman'
}

/**
 * Return the value of a gate; one that the cell lacks is always open.
 * @param {UnitStep} step
 * @param {string} name
 */
export function gateValue({ gates }, name) {
  return gates[name]?.value ?? 1
}

/**
 * Return the terms of a gate's sum. The reset gate of a GRU scales what the candidate takes from h.
 * @param {UnitStep} step
 * @param {string} name
 */
export function termsOf(step, name) {
  const { bias, input, recurrent } = step.gates[name]
  const scale = name === 'candidate' && 'reset' in step.gates ? gateValue(step, 'reset') : 1
  return { bias, input, recurrent: scale === 1 ? recurrent : recurrent.map((value) => scale * value) }
}

/**
 * Return the steps of a unit at a word.
 * @param {UnitStep} step
 * @returns {CellStep[]}
 */
export function stepsOf(step) {
  const family = familyOf(step)
  const order = { lstm: ['forget', 'input', 'candidate'], gru: ['reset', 'update', 'candidate'], elman: [] }[family]
  const before = order.filter((name) => name in step.gates).map((name) => gateStep(step, name))
  if (family === 'elman') return [readStep(), { ...gateStep(step, 'candidate'), name: 'hidden', symbols: 'h = tanh(W x + U h + b)' }]
  if (family === 'gru') return [readStep(), ...before, gruState(step)]
  const output = 'output' in step.gates ? [gateStep(step, 'output')] : []
  return [readStep(), ...before, lstmCell(step), ...output, lstmHidden(step)]
}

/** @returns {CellStep} */
function readStep() {
  return { name: 'read', symbols: 'x, h', numbers: texts.cell.read, sum: null, addends: null }
}

/** @param {UnitStep} step @param {string} name @returns {CellStep} */
function gateStep(step, name) {
  const { number } = texts
  const { bias, input, recurrent } = termsOf(step, name)
  const [read, kept] = [total(input), total(recurrent)]
  const squash = name === 'candidate' ? 'tanh' : 'σ'
  const letter = LETTERS[name] ?? name
  const sums = [number(bias), signed(read), signed(kept)].join(' ')
  return {
    name,
    symbols: `${letter} = ${squash}(b + W x + U h)`,
    numbers: `${letter} = ${squash}(${sums}) = ${squash}(${number(bias + read + kept)}) = ${number(step.gates[name].value)}`,
    sum: { bias, input, recurrent, value: step.gates[name].value },
    addends: null,
  }
}

/** @param {UnitStep} step @returns {CellStep} */
function lstmCell(step) {
  const { number } = texts
  const [f, i, g] = ['forget', 'input', 'candidate'].map((name) => gateValue(step, name))
  return {
    name: 'cell',
    symbols: 'c = f · c + i · g',
    numbers: `c = ${number(f)} · ${number(step.cell_before)} + ${number(i)} · ${number(g)} = ${number(step.cell)}`,
    sum: null,
    addends: [
      { label: texts.cell.kept, value: f * step.cell_before, part: 'forget' },
      { label: texts.cell.added, value: i * g, part: 'candidate' },
    ],
  }
}

/** @param {UnitStep} step @returns {CellStep} */
function lstmHidden(step) {
  const { number } = texts
  const o = gateValue(step, 'output')
  return {
    name: 'hidden',
    symbols: 'h = o · tanh(c)',
    numbers: `h = ${number(o)} · tanh(${number(step.cell)}) = ${number(o)} · ${number(Math.tanh(step.cell))} = ${number(step.hidden)}`,
    sum: null,
    addends: [{ label: texts.cell.shown, value: step.hidden, part: 'output' }],
  }
}

/** @param {UnitStep} step @returns {CellStep} */
function gruState(step) {
  const { number } = texts
  const [u, g] = ['update', 'candidate'].map((name) => gateValue(step, name))
  return {
    name: 'hidden',
    symbols: 'h = u · h + (1 − u) · g',
    numbers: `h = ${number(u)} · ${number(step.cell_before)} + ${number(1 - u)} · ${number(g)} = ${number(step.hidden)}`,
    sum: null,
    addends: [
      { label: texts.cell.kept, value: u * step.cell_before, part: 'update' },
      { label: texts.cell.added, value: (1 - u) * g, part: 'candidate' },
    ],
  }
}

/** @param {number[]} values */
export function total(values) {
  return values.reduce((sum, value) => sum + value, 0)
}

/** @param {number} value */
function signed(value) {
  return `${value < 0 ? '−' : '+'} ${texts.number(Math.abs(value))}`
}
