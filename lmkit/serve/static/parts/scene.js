/** Pictures as lists of shapes, drawn as SVG or on a canvas, so that each can be copied as either. */

/**
 * @typedef {object} Shape
 * @property {'rect' | 'path' | 'text' | 'circle'} kind
 * @property {number} [x] left, or the centre of a circle
 * @property {number} [y] top, the centre of a circle, or the base line of a text
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [radius] of a circle or of corners
 * @property {string} [d] a path in the language of SVG
 * @property {string} [text]
 * @property {number} [size] of letters
 * @property {'start' | 'middle' | 'end'} [anchor]
 * @property {number} [turn] degrees clockwise, of a text about its anchor
 * @property {boolean} [bold]
 * @property {boolean} [italic]
 * @property {boolean} [serif]
 * @property {string} [fill]
 * @property {string} [stroke]
 * @property {number} [line] width of the stroke
 * @property {string} [dash]
 * @property {number} [opacity]
 * @property {string} [part] name of what it stands for; a click on it says so
 */
/** @typedef {{width: number, height: number, paper: string, label: string, shapes: Shape[]}} Scene */

const SPACE = 'http://www.w3.org/2000/svg'
const SANS = 'system-ui, -apple-system, "Segoe UI", Inter, "Liberation Sans", sans-serif'
const SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, Charter, Georgia, "Liberation Serif", serif'

/**
 * Draw a scene as an SVG element.
 * @param {Scene} scene
 * @returns {SVGSVGElement}
 */
export function toSvg({ width, height, paper, label, shapes }) {
  const made = node('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label, xmlns: SPACE })
  if (paper) made.append(node('rect', { width, height, fill: paper }))
  for (const shape of shapes) made.append(svgShape(shape))
  return /** @type {SVGSVGElement} */ (made)
}

/**
 * Return a scene as the text of an SVG file.
 * @param {Scene} scene
 */
export function toSvgText(scene) {
  const made = toSvg(scene)
  made.setAttribute('width', String(scene.width))
  made.setAttribute('height', String(scene.height))
  return new XMLSerializer().serializeToString(made)
}

/**
 * Draw a scene on a new canvas.
 * @param {Scene} scene
 * @param {number} [scale] pixels per unit
 */
export function toCanvas({ width, height, paper, shapes }, scale = 2) {
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(width * scale)
  canvas.height = Math.ceil(height * scale)
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  pen.scale(scale, scale)
  pen.fillStyle = paper
  pen.fillRect(0, 0, width, height)
  for (const shape of shapes) canvasShape(pen, shape)
  return canvas
}

/** @param {string} name @param {Record<string, string | number | undefined>} attributes */
function node(name, attributes) {
  const made = document.createElementNS(SPACE, name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(key, String(value))
  }
  return made
}

/** @param {Shape} shape */
function svgShape(shape) {
  const { kind, x, y, width, height, radius } = shape
  const look = {
    fill: shape.fill ?? 'none',
    stroke: shape.stroke,
    'stroke-width': shape.stroke ? (shape.line ?? 1) : undefined,
    'stroke-dasharray': shape.dash,
    'stroke-linejoin': shape.stroke ? 'round' : undefined,
    'stroke-linecap': shape.stroke ? 'round' : undefined,
    opacity: shape.opacity,
    'data-part': shape.part,
  }
  if (kind === 'rect') return node('rect', { x, y, width, height, rx: radius, ...look })
  if (kind === 'circle') return node('circle', { cx: x, cy: y, r: radius, ...look })
  if (kind === 'path') return node('path', { d: shape.d, ...look })
  return svgText(shape, look)
}

/** @param {Shape} shape @param {Record<string, string | number | undefined>} look */
function svgText(shape, look) {
  const made = node('text', {
    x: shape.x,
    y: shape.y,
    'font-size': shape.size ?? 12,
    'font-family': shape.serif ? SERIF : SANS,
    'font-weight': shape.bold ? 600 : undefined,
    'font-style': shape.italic ? 'italic' : undefined,
    'text-anchor': shape.anchor,
    transform: shape.turn ? `rotate(${shape.turn} ${shape.x} ${shape.y})` : undefined,
    ...look,
  })
  made.textContent = shape.text ?? ''
  return made
}

/** @param {CanvasRenderingContext2D} pen @param {Shape} shape */
function canvasShape(pen, shape) {
  pen.globalAlpha = shape.opacity ?? 1
  pen.lineWidth = shape.line ?? 1
  pen.lineJoin = pen.lineCap = 'round'
  pen.setLineDash(shape.dash ? shape.dash.split(' ').map(Number) : [])
  if (shape.kind === 'text') canvasText(pen, shape)
  else paint(pen, shape, outline(shape))
  pen.globalAlpha = 1
}

/** @param {Shape} shape */
function outline({ kind, x = 0, y = 0, width = 0, height = 0, radius = 0, d }) {
  const path = new Path2D(kind === 'path' ? d : undefined)
  if (kind === 'rect') path.roundRect(x, y, width, height, radius)
  if (kind === 'circle') path.arc(x, y, radius, 0, 2 * Math.PI)
  return path
}

/** @param {CanvasRenderingContext2D} pen @param {Shape} shape @param {Path2D} path */
function paint(pen, { fill, stroke }, path) {
  if (fill && fill !== 'none') {
    pen.fillStyle = fill
    pen.fill(path)
  }
  if (stroke) {
    pen.strokeStyle = stroke
    pen.stroke(path)
  }
}

/** @param {CanvasRenderingContext2D} pen @param {Shape} shape */
function canvasText(pen, shape) {
  const style = `${shape.italic ? 'italic ' : ''}${shape.bold ? '600 ' : ''}`
  pen.font = `${style}${shape.size ?? 12}px ${shape.serif ? SERIF : SANS}`
  const align = { start: 'left', middle: 'center', end: 'right' }[shape.anchor ?? 'start']
  pen.textAlign = /** @type {CanvasTextAlign} */ (align)
  pen.fillStyle = shape.fill ?? '#000'
  pen.save()
  pen.translate(shape.x ?? 0, shape.y ?? 0)
  pen.rotate(((shape.turn ?? 0) * Math.PI) / 180)
  pen.fillText(shape.text ?? '', 0, 0)
  pen.restore()
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
export function straight(x1, y1, x2, y2) {
  return `M${x1} ${y1}L${x2} ${y2}`
}
