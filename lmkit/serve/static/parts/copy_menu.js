/** Menu that copies or saves the picture and the numbers of a view. */

import { texts } from '../texts.js'
import { toCsv } from './csv.js'
import { element } from './element.js'
import { toCanvas, toSvgText } from './scene.js'

/** @import {Table} from './csv.js' */
/** @import {Scene} from './scene.js' */

/**
 * @typedef {object} Source
 * @property {string} name of the file, without its ending
 * @property {() => Scene | null} picture
 * @property {() => Table} numbers
 */
/** @typedef {'svg' | 'png' | 'csv'} Kind */

/** @type {Record<Kind, string>} */
const TYPES = { svg: 'image/svg+xml', png: 'image/png', csv: 'text/csv' }

/**
 * Create the menu.
 * @param {Source} source
 * @param {(said: unknown) => void} report
 */
export function copyMenu(source, report) {
  const rows = /** @type {Kind[]} */ (['svg', 'png', 'csv']).map((kind) => row(source, kind, report))
  return element(
    'details',
    { class: 'copy-menu' },
    element('summary', { class: 'button small' }, texts.copy.title),
    element('div', { class: 'copy-rows card' }, ...rows),
  )
}

/** @param {Source} source @param {Kind} kind @param {(said: unknown) => void} report */
function row(source, kind, report) {
  /** @param {(source: Source, kind: Kind) => Promise<string>} act */
  const on = (act) => () => act(source, kind).then(report, report)
  return element(
    'div',
    { class: 'copy-row' },
    element('span', {}, texts.copy.kinds[kind]),
    element('button', { type: 'button', class: 'button small', onclick: on(copy), 'data-copy': kind,
      'aria-label': texts.copy.copyKind(kind) }, texts.copy.copy),
    element('button', { type: 'button', class: 'button small', onclick: on(save), 'data-save': kind,
      'aria-label': texts.copy.saveKind(kind) }, texts.copy.save),
  )
}

/** @param {Source} source @param {Kind} kind */
async function copy(source, kind) {
  const blob = await blobOf(source, kind)
  if (kind === 'png') await navigator.clipboard.write([new ClipboardItem({ [blob.type]: blob })])
  else await navigator.clipboard.writeText(await blob.text())
  return texts.copy.copied(kind)
}

/** @param {Source} source @param {Kind} kind */
async function save(source, kind) {
  const address = URL.createObjectURL(await blobOf(source, kind))
  element('a', { href: address, download: `${source.name}.${kind}` }).click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
  return texts.copy.saved(`${source.name}.${kind}`)
}

/** @param {Source} source @param {Kind} kind @returns {Promise<Blob>} */
async function blobOf(source, kind) {
  if (kind === 'csv') return new Blob([toCsv(source.numbers())], { type: TYPES.csv })
  const scene = source.picture()
  if (!scene) throw new Error(texts.copy.nothing)
  if (kind === 'svg') return new Blob([toSvgText(scene)], { type: TYPES.svg })
  return new Promise((done, fail) => {
    toCanvas(scene).toBlob((blob) => (blob ? done(blob) : fail(new Error(texts.copy.nothing))), TYPES.png)
  })
}
