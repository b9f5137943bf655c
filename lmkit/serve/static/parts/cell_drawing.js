/** Drawings of an LSTM, a GRU and an Elman cell with the numbers of one unit; the step now is lit. */

import { texts } from '../texts.js'
import { familyOf, gateValue } from './cell_steps.js'
import { partColour, themeColour } from './palette.js'

/** @import {UnitStep} from '../engine.js' */
/** @import {Scene, Shape} from './scene.js' */

/**
 * @typedef {object} Wire A line of the drawing.
 * @property {string} d
 * @property {string[]} steps at which it is lit
 * @property {string} part whose colour it has
 */
/** @typedef {{x: number, y: number, text: string, steps: string[], part: string}} Operation a circle */
/** @typedef {{x: number, name: string, squash: string}} GateBox */

const WIDTH = 820
const HEIGHT = 372
const STATE = 74 // height of the line of the state
const GATE = 226 // height of the gates
const BUS = 322 // height of the line of x and h
const BOX = { width: 98, height: 60 }

/**
 * Draw a unit at a word.
 * @param {UnitStep} unit
 * @param {string} step name of the step that is lit; 'all' lights everything
 * @param {string} word
 * @returns {Scene}
 */
export function cellScene(unit, step, word) {
  const family = familyOf(unit)
  const draw = { lstm: lstmShapes, gru: gruShapes, elman: elmanShapes }[family]
  const shapes = draw(unit, step, word)
  return { width: WIDTH, height: HEIGHT, paper: themeColour('card'), label: texts.cell.label(family, word), shapes }
}

/** @param {UnitStep} unit @param {string} step @param {string} word @returns {Shape[]} */
function lstmShapes(unit, step, word) {
  const has = (/** @type {string} */ name) => name in unit.gates
  /** @type {Wire[]} */
  const wires = [
    { d: `M96 ${STATE}H724`, steps: ['cell'], part: 'cell' },
    { d: `M40 ${BUS}H590`, steps: ['read'], part: 'hidden' },
    ...(has('forget') ? [riser(186, 'forget'), { d: `M186 ${GATE - 30}V${STATE}`, steps: ['cell'], part: 'forget' }] : []),
    ...(has('input') ? [riser(322, 'input'), { d: `M322 ${GATE - 30}V148H452`, steps: ['cell'], part: 'input' }] : []),
    riser(452, 'candidate'),
    { d: `M452 ${GATE - 30}V${STATE}`, steps: ['cell'], part: 'candidate' },
    ...(has('output') ? [riser(590, 'output'), { d: `M632 ${GATE}H700`, steps: ['hidden'], part: 'output' }] : []),
    { d: `M700 ${STATE}V${GATE}`, steps: ['hidden'], part: 'cell' },
    { d: `M700 ${GATE}V${BUS}H724`, steps: ['hidden'], part: 'hidden' },
  ]
  /** @type {Operation[]} */
  const operations = [
    ...(has('forget') ? [{ x: 186, y: STATE, text: '×', steps: ['cell'], part: 'forget' }] : []),
    ...(has('input') ? [{ x: 452, y: 148, text: '×', steps: ['cell'], part: 'input' }] : []),
    { x: 452, y: STATE, text: '+', steps: ['cell'], part: 'cell' },
    { x: 700, y: 148, text: 'tanh', steps: ['hidden'], part: 'cell' },
    ...(has('output') ? [{ x: 700, y: GATE, text: '×', steps: ['hidden'], part: 'output' }] : []),
  ]
  const boxes = [box(186, 'forget'), box(322, 'input'), box(452, 'candidate'), box(590, 'output')].filter((one) => has(one.name))
  return [
    ...wires.flatMap((wire) => wireShapes(wire, step)),
    ...operations.flatMap((one) => operationShapes(one, step)),
    ...boxes.flatMap((one) => boxShapes(one, unit, step)),
    ...readShapes(word, step),
    ...valueShapes({ x: 60, y: STATE }, texts.cell.before, unit.cell_before, step === 'cell'),
    ...valueShapes({ x: 768, y: STATE }, 'c', unit.cell, step === 'cell'),
    ...valueShapes({ x: 768, y: BUS }, 'h', unit.hidden, step === 'hidden'),
  ]
}

/** @param {UnitStep} unit @param {string} step @param {string} word @returns {Shape[]} */
function gruShapes(unit, step, word) {
  const hasReset = 'reset' in unit.gates
  /** @type {Wire[]} */
  const wires = [
    { d: `M96 ${STATE}H724`, steps: ['hidden'], part: 'hidden' },
    { d: `M40 ${BUS}H590`, steps: ['read'], part: 'hidden' },
    riser(186, 'update'),
    { d: `M186 ${GATE - 30}V${STATE}`, steps: ['hidden'], part: 'update' },
    { d: `M186 148H590`, steps: ['hidden'], part: 'update' },
    ...(hasReset ? [riser(372, 'reset'), { d: `M416 ${GATE}H546`, steps: ['candidate'], part: 'reset' }] : []),
    riser(590, 'candidate'),
    { d: `M590 ${GATE - 30}V${STATE}`, steps: ['hidden'], part: 'candidate' },
  ]
  /** @type {Operation[]} */
  const operations = [
    { x: 186, y: STATE, text: '×', steps: ['hidden'], part: 'update' },
    { x: 388, y: 148, text: '1−', steps: ['hidden'], part: 'update' },
    { x: 590, y: 148, text: '×', steps: ['hidden'], part: 'update' },
    { x: 590, y: STATE, text: '+', steps: ['hidden'], part: 'hidden' },
  ]
  const boxes = [box(186, 'update'), box(372, 'reset'), box(590, 'candidate')].filter((one) => one.name in unit.gates)
  return [
    ...wires.flatMap((wire) => wireShapes(wire, step)),
    ...operations.flatMap((one) => operationShapes(one, step)),
    ...boxes.flatMap((one) => boxShapes(one, unit, step)),
    ...readShapes(word, step),
    ...valueShapes({ x: 60, y: STATE }, texts.cell.hiddenBefore, unit.cell_before, step === 'hidden'),
    ...valueShapes({ x: 768, y: STATE }, 'h', unit.hidden, step === 'hidden'),
  ]
}

/** @param {UnitStep} unit @param {string} step @param {string} word @returns {Shape[]} */
function elmanShapes(unit, step, word) {
  const wires = [
    { d: `M40 ${BUS}H420`, steps: ['read'], part: 'hidden' },
    { d: `M420 ${BUS}V${GATE + 30}`, steps: ['read', 'hidden'], part: 'hidden' },
    { d: `M420 ${GATE - 30}V${STATE}H724`, steps: ['hidden'], part: 'hidden' },
  ]
  return [
    ...wires.flatMap((wire) => wireShapes(wire, step)),
    ...boxShapes(box(420, 'candidate'), unit, step === 'hidden' ? 'candidate' : step),
    ...readShapes(word, step),
    ...valueShapes({ x: 768, y: STATE }, 'h', unit.hidden, step === 'hidden'),
  ]
}

/** @param {number} x @param {string} name @returns {Wire} */
function riser(x, name) {
  return { d: `M${x} ${BUS}V${GATE + 30}`, steps: ['read', name], part: name }
}

/** @param {number} x @param {string} name @returns {GateBox} */
function box(x, name) {
  return { x, name, squash: name === 'candidate' ? 'tanh' : 'σ' }
}

/** @param {Wire} wire @param {string} step @returns {Shape[]} */
function wireShapes({ d, steps, part }, step) {
  const isLit = step === 'all' || steps.includes(step)
  return [{ kind: 'path', d, stroke: isLit ? partColour(part) : themeColour('line'), line: isLit ? 3.5 : 2.5 }]
}

/** @param {Operation} operation @param {string} step @returns {Shape[]} */
function operationShapes({ x, y, text, steps, part }, step) {
  const isLit = step === 'all' || steps.includes(step)
  const size = text.length > 2 ? 12 : 18
  return [
    { kind: 'circle', x, y, radius: 17, fill: themeColour('card'), stroke: isLit ? partColour(part) : themeColour('strong-line'), line: isLit ? 3 : 1.5 },
    { kind: 'text', x, y: y + size * 0.34, text, size, anchor: 'middle', fill: themeColour('ink') },
  ]
}

/** @param {GateBox} gate @param {UnitStep} unit @param {string} step @returns {Shape[]} */
function boxShapes({ x, name, squash }, unit, step) {
  const isLit = step === 'all' || step === name
  const value = gateValue(unit, name)
  const colour = partColour(name)
  const left = x - BOX.width / 2
  const top = GATE - BOX.height / 2
  const whole = { x: left, y: top, width: BOX.width, height: BOX.height, radius: 10 }
  const filled = { x: left + 8, y: top + BOX.height - 13, height: 5, radius: 2.5 }
  return [
    { kind: 'rect', ...whole, fill: themeColour('card'), stroke: colour, line: isLit ? 4 : 1.5, part: name },
    { kind: 'rect', ...filled, width: BOX.width - 16, fill: themeColour('sunk'), part: name },
    { kind: 'rect', ...filled, width: (BOX.width - 16) * Math.min(1, Math.abs(value)), fill: colour, part: name },
    { kind: 'text', x: left + 9, y: top + 15, text: squash, size: 13, italic: true, serif: true, fill: themeColour('soft'), part: name },
    { kind: 'text', x, y: GATE + 9, text: texts.number(value), size: 21, bold: true, anchor: 'middle', fill: themeColour('ink'), part: name },
    { kind: 'text', x: x + 9, y: GATE + BOX.height / 2 + 19, text: texts.partName(name), size: 13, bold: isLit, fill: colour, part: name },
  ]
}

/** @param {string} word @param {string} step @returns {Shape[]} */
function readShapes(word, step) {
  const isLit = step === 'all' || step === 'read'
  const fill = themeColour(isLit ? 'ink' : 'soft')
  return [
    { kind: 'text', x: 40, y: BUS + 26, text: `x: “${word}”`, size: 16, serif: true, bold: isLit, fill },
    { kind: 'text', x: 40, y: BUS - 12, text: texts.cell.hiddenBefore, size: 13, fill },
  ]
}

/** @param {{x: number, y: number}} at @param {string} label @param {number} value @param {boolean} isLit @returns {Shape[]} */
function valueShapes({ x, y }, label, value, isLit) {
  return [
    { kind: 'text', x, y: y - 6, text: label, size: 13, anchor: 'middle', fill: themeColour('soft') },
    { kind: 'text', x, y: y + 17, text: texts.number(value), size: 21, bold: isLit, anchor: 'middle', fill: themeColour('ink') },
  ]
}
