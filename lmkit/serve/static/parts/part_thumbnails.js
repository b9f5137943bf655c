/** Small heat maps of every gate and state, one of which is chosen to be shown large. */

import { texts } from '../texts.js'
import { element } from './element.js'
import { partColour, scaleOf } from './palette.js'
import { rove, setStop } from './roving.js'
import { valuesOf } from './traces.js'
import { mean } from './unit_orders.js'

/** @import {LayerTrace} from '../engine.js' */
/** @import {Page} from './page.js' */
/** @import {Rgb} from './palette.js' */

/**
 * Return the colours of a part: gates from 0 to 1, all else around zero.
 * @param {LayerTrace} layer
 * @param {string} part
 * @returns {(value: number) => Rgb}
 */
export function colourOf(layer, part) {
  if (part in layer.gates) return scaleOf('gate')
  const most = Math.max(0.2, mostOf(valuesOf(layer, part)))
  const scale = scaleOf('signed')
  return (value) => scale(0.5 + value / (2 * most))
}

/** @param {Float32Array} values */
function mostOf(values) {
  let most = 0
  for (const value of values) most = Math.max(most, Math.abs(value))
  return most
}

/**
 * Create one button for each part.
 * @param {Page} page
 * @param {string[]} words
 * @param {LayerTrace} layer
 * @param {string[]} names
 */
export function thumbnails(page, words, layer, names) {
  const chosen = names.includes(page.now.part) ? page.now.part : names[0]
  const focused = document.activeElement?.getAttribute('data-part')
  const made = names.map((part) =>
    element(
      'button',
      {
        type: 'button',
        class: 'thumb',
        role: 'radio',
        'data-part': part,
        'aria-checked': String(part === chosen),
        onclick: () => page.state.set({ part }),
        vars: { '--part': partColour(part) },
      },
      thumbnail(layer, part, words.length),
      element('span', { class: 'thumb-name' }, texts.parts[part] ?? part),
      element('span', { class: 'thumb-mean' }, texts.gates.mean(mean(valuesOf(layer, part)))),
    ),
  )
  setStop(made, names.indexOf(chosen))
  if (focused) queueMicrotask(() => made.find((one) => one.dataset.part === focused)?.focus())
  return made
}

/** @param {HTMLElement} host */
export function roveThumbnails(host) {
  rove(host, '.thumb')
}

/** @param {LayerTrace} layer @param {string} part @param {number} tokens */
function thumbnail(layer, part, tokens) {
  const { units } = layer
  const canvas = element('canvas', { width: tokens, height: units, 'aria-hidden': 'true' })
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  const image = pen.createImageData(tokens, units)
  const values = valuesOf(layer, part)
  const colour = colourOf(layer, part)
  for (let token = 0; token < tokens; token += 1) {
    for (let unit = 0; unit < units; unit += 1) {
      const [red, green, blue] = colour(values[token * units + unit])
      const at = 4 * (unit * tokens + token)
      image.data[at] = red
      image.data[at + 1] = green
      image.data[at + 2] = blue
      image.data[at + 3] = 255
    }
  }
  pen.putImageData(image, 0, 0)
  return canvas
}
