/** The mark of lmkit: a cell state that runs on, and what is added to it. */

import { toSvg } from './scene.js'

/** @import {Scene} from './scene.js' */

/** @type {Scene} */
const MARK = {
  width: 32,
  height: 32,
  paper: '',
  label: '',
  shapes: [
    { kind: 'rect', x: 0, y: 0, width: 32, height: 32, radius: 8, fill: '#12385e' },
    { kind: 'path', d: 'M5 11h22', stroke: '#8fc3ee', line: 3 },
    { kind: 'path', d: 'M5 23h9c4 0 3-12 7-12', stroke: '#ffb067', line: 3 },
    { kind: 'circle', x: 21, y: 11, radius: 4, fill: '#ffffff' },
  ],
}

/** @returns {SVGSVGElement} */
export function mark() {
  const made = toSvg(MARK)
  made.setAttribute('class', 'mark')
  made.setAttribute('aria-hidden', 'true')
  made.removeAttribute('role')
  made.removeAttribute('aria-label')
  return made
}
