/** Map of words: points on a canvas that can be moved, enlarged and turned, by pointer or keys. */

import { texts } from '../texts.js'
import { element } from './element.js'
import { themeColour } from './palette.js'
import { deep, flat, FRONT, readable } from './projection.js'
import { toCanvas } from './scene.js'

/** @import {Vectors} from '../engine.js' */
/** @import {Camera, Place} from './projection.js' */
/** @import {Scene, Shape} from './scene.js' */

const HEIGHT = 460
const SPEED = 0.00012 // radians a millisecond, of the turning map
const STEP = 0.12 // radians of an arrow key
const PIXELS = 40 // pixels of an arrow key
const NEAR = 18 // pixels within which a click finds a word

/** Fires 'pick' with a word. */
export class WordMap extends HTMLElement {
  /** @type {Vectors | null} */
  #vectors = null
  /** @type {Camera} */
  #camera = { ...FRONT }
  #dimensions = 2
  #picked = ''
  /** @type {Set<string>} */
  #near = new Set()
  /** @type {Place[]} */
  #places = []
  #frame = 0
  #isTurning = false
  /** @type {[number, number] | null} */
  #held = null
  #moved = 0
  #canvas = element('canvas', { tabindex: '0', role: 'application', 'aria-label': texts.words.map, 'aria-describedby': 'map-keys' })
  #resized = new ResizeObserver(() => this.#draw())

  connectedCallback() {
    this.append(this.#canvas, element('p', { id: 'map-keys', class: 'note' }, texts.words.keys))
    this.#canvas.addEventListener('pointerdown', (event) => this.#down(event))
    this.#canvas.addEventListener('pointermove', (event) => this.#move(event))
    this.#canvas.addEventListener('pointerup', (event) => this.#up(event))
    this.#canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false })
    this.#canvas.addEventListener('keydown', (event) => this.#pressed(event))
    this.#resized.observe(this)
  }

  disconnectedCallback() {
    this.#resized.disconnect()
    this.turning = false
  }

  /**
   * Show words.
   * @param {Vectors} vectors
   * @param {{dimensions: number, picked: string, near: Set<string>}} view near: words marked as neighbours
   */
  show(vectors, { dimensions, picked, near }) {
    if (dimensions !== this.#dimensions) this.#camera = { ...FRONT, shift: [0, 0] }
    this.#vectors = vectors
    this.#dimensions = dimensions
    this.#picked = picked
    this.#near = near
    this.#draw()
  }

  /** @param {boolean} value whether the map of three dimensions turns by itself */
  set turning(value) {
    this.#isTurning = value
    cancelAnimationFrame(this.#frame)
    if (value) this.#turn(performance.now())
  }

  get turning() {
    return this.#isTurning
  }

  /** @param {number} before time of the frame before */
  #turn(before) {
    this.#frame = requestAnimationFrame((now) => {
      if (!this.#held) this.#camera.turn += Math.min(50, now - before) * SPEED
      this.#draw()
      if (this.#isTurning) this.#turn(now)
    })
  }

  get #size() {
    return { width: Math.max(280, this.clientWidth), height: Math.min(HEIGHT, Math.max(320, this.clientWidth * 0.75)) }
  }

  /** @returns {Scene | null} */
  picture() {
    const size = this.#size
    if (!this.#vectors) return null
    const { words, two, three } = this.#vectors
    this.#places = this.#dimensions === 2 ? flat(two, this.#camera, size) : deep(three, this.#camera, size)
    const order = this.#order(words)
    const labels = new Set(readable(this.#places, order, (index) => words[index].length * 7.4, size))
    const back = [...order].sort((one, other) => this.#places[one].depth - this.#places[other].depth)
    const shapes = back.flatMap((index) => this.#wordShapes(words[index], this.#places[index], labels.has(index)))
    return { ...size, paper: themeColour('card'), label: texts.words.map, shapes }
  }

  /** The words in the order in which their labels take their room. @param {string[]} words */
  #order(words) {
    const rank = (/** @type {number} */ index) => (words[index] === this.#picked ? -2 : this.#near.has(words[index]) ? -1 : this.#dimensions === 3 ? 1 - this.#places[index].depth : 0)
    return words.map((_word, index) => index).sort((one, other) => rank(one) - rank(other) || one - other)
  }

  /** @param {string} text @param {Place} place @param {boolean} hasLabel @returns {Shape[]} */
  #wordShapes(text, { x, y, depth }, hasLabel) {
    const isPicked = text === this.#picked
    const isNear = this.#near.has(text)
    const fill = themeColour(isPicked ? 'warm' : isNear ? 'accent' : 'strong-line')
    const opacity = isPicked || isNear || hasLabel ? 0.4 + 0.6 * depth : 0.3 + 0.35 * depth
    /** @type {Shape[]} */
    const shapes = [{ kind: 'circle', x, y, radius: isPicked ? 5.5 : isNear ? 4 : 1.5 + 1.5 * depth, fill, opacity }]
    if (hasLabel) {
      const ink = themeColour(isPicked ? 'warm' : isNear ? 'accent' : 'ink')
      shapes.push({ kind: 'text', x: x + 7, y: y + 4, text, size: isPicked ? 17 : 14, bold: isPicked || isNear, serif: true, fill: ink, opacity })
    }
    return shapes
  }

  #draw() {
    const scene = this.picture()
    if (!scene) return
    const ratio = window.devicePixelRatio || 1
    const drawn = toCanvas(scene, ratio)
    this.#canvas.width = drawn.width
    this.#canvas.height = drawn.height
    this.#canvas.style.width = `${scene.width}px`
    this.#canvas.style.height = `${scene.height}px`
    this.#canvas.getContext('2d')?.drawImage(drawn, 0, 0)
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.#held = [event.clientX, event.clientY]
    this.#moved = 0
    this.#canvas.setPointerCapture(event.pointerId)
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.#held) return
    const [x, y] = [event.clientX - this.#held[0], event.clientY - this.#held[1]]
    this.#held = [event.clientX, event.clientY]
    this.#moved += Math.abs(x) + Math.abs(y)
    this.#push(x, y)
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#held = null
    if (this.#moved < 5) this.#pickAt(event.offsetX, event.offsetY)
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.#canvas) return
    event.preventDefault()
    this.#zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15)
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    /** @type {Record<string, () => void>} */
    const acts = {
      ArrowLeft: () => this.#push(this.#dimensions === 2 ? PIXELS : -STEP / 0.008, 0),
      ArrowRight: () => this.#push(this.#dimensions === 2 ? -PIXELS : STEP / 0.008, 0),
      ArrowUp: () => this.#push(0, this.#dimensions === 2 ? PIXELS : -STEP / 0.008),
      ArrowDown: () => this.#push(0, this.#dimensions === 2 ? -PIXELS : STEP / 0.008),
      '+': () => this.#zoom(1.2),
      '-': () => this.#zoom(1 / 1.2),
      0: () => this.#home(),
    }
    if (!acts[event.key] || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    acts[event.key]()
  }

  /** Move the map, or turn it. @param {number} x @param {number} y pixels */
  #push(x, y) {
    const { shift, turn, tilt } = this.#camera
    if (this.#dimensions === 2) this.#camera.shift = [shift[0] + x, shift[1] + y]
    else Object.assign(this.#camera, { turn: turn + x * 0.008, tilt: Math.min(1.5, Math.max(-1.5, tilt + y * 0.008)) })
    this.#draw()
  }

  /** @param {number} factor */
  #zoom(factor) {
    this.#camera.zoom = Math.min(12, Math.max(0.5, this.#camera.zoom * factor))
    this.#camera.shift = [this.#camera.shift[0] * factor, this.#camera.shift[1] * factor]
    this.#draw()
  }

  #home() {
    this.#camera = { ...FRONT, shift: [0, 0] }
    this.#draw()
  }

  /** @param {number} x @param {number} y */
  #pickAt(x, y) {
    const far = this.#places.map((place) => Math.hypot(place.x - x, place.y - y))
    const nearest = far.indexOf(Math.min(...far))
    if (this.#vectors && far[nearest] < NEAR) this.dispatchEvent(new CustomEvent('pick', { detail: this.#vectors.words[nearest] }))
  }
}

customElements.define('lm-word-map', WordMap)
