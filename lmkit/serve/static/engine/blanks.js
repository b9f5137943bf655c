/**
 * Texts with blanks: their places, and the ids of a text filled in several ways. The same as
 * lmkit/text/blanks.py and lmkit/inference/fill/blank_variants.py.
 */
import { placeAfter } from './next_words.js'
import { isAlphanumeric, isSpace, isUnspaced } from './normalise.js'

/** @typedef {import('./tokenizer.js').Tokenizer} Tokenizer */
/** @typedef {{prefix: string, maxWords: number}} Blank */
/**
 * @typedef {object} Template
 * @property {string[]} segments text before, between and after the blanks
 * @property {Blank[]} blanks
 */
/** @typedef {{left: number[], middles: number[][], right: number[]}} Variants */

const BLANK = /_{3,}(\+)?/gu
const MOST_WORDS = 3
const MOST_BLANKS = 100
const SHOWN = 80 // characters of a text in an error

/**
 * Find the blanks of a text: `___` is one word, `app___` one that begins so, `____+` up to three.
 * @param {string} text
 * @returns {Template}
 */
export function parseBlanks(text) {
  const found = [...text.matchAll(BLANK)]
  if (!found.length) {
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
    throw new Error(`no blank in '${shown}'; write ___ (three underscores) where a word is missing`)
  }
  if (found.length > MOST_BLANKS) {
    throw new Error(`a text may have ${MOST_BLANKS} blanks, but this has ${found.length}; fill it in parts`)
  }
  /** @type {Template} */
  const template = { segments: [], blanks: [] }
  let end = 0
  for (const match of found) {
    const start = end + prefixStart(text.slice(end, match.index))
    template.segments.push(text.slice(end, start))
    template.blanks.push({ prefix: text.slice(start, match.index), maxWords: match[1] ? MOST_WORDS : 1 })
    end = match.index + match[0].length
  }
  template.segments.push(text.slice(end))
  return template
}

/**
 * Return the text with a word in place of each of the first blanks.
 * @param {Template} template
 * @param {string[]} words
 */
export function filled({ segments }, words) {
  return segments[0] + words.map((word, place) => word + segments[place + 1]).join('')
}

/**
 * Return the beginning of a template, up to the end of what follows its first blanks.
 * @param {Template} template
 * @param {number} count blanks
 * @returns {Template}
 */
export function firstBlanks({ segments, blanks }, count) {
  return { segments: segments.slice(0, count + 1), blanks: blanks.slice(0, count) }
}

/**
 * Return the template as the tokenizer's tokens can fill it.
 * @param {Tokenizer} tokenizer
 * @param {Template} template
 */
export function templateFor(tokenizer, template) {
  return tokenizer.partsBySpaces ? detached(template) : template
}

/**
 * Return the template with spaces around its blanks.
 * @param {Template} template
 * @returns {Template}
 */
export function detached({ segments, blanks }) {
  const last = segments.length - 1
  const spaced = segments.map((segment, place) => {
    if (!segment) return segment
    const before = place && !isSpace(segment[0]) ? ' ' : ''
    const after = place < last && !isSpace(segment.slice(-1)) ? ' ' : ''
    return before + segment + after
  })
  return { segments: spaced, blanks }
}

/**
 * Return the ids of a text filled in several ways: left, one of the middles, and right.
 * @param {Tokenizer} tokenizer
 * @param {Template} template
 * @param {string[][]} fillings a word for each blank, for each variant
 * @returns {Variants}
 */
export function encodeVariants(tokenizer, template, fillings) {
  const { left, core, right } = cut(templateFor(tokenizer, template))
  const isStart = placeAfter(left) === 'line start'
  const encode = (/** @type {string} */ text) => isStart ? tokenizer.encode(text) : tokenizer.encodeInside(` ${text}`)
  return {
    left: tokenizer.encode(left),
    middles: fillings.map((words) => encode(filled(core, words))),
    right: tokenizer.encodeInside(right),
  }
}

/**
 * Cut a template at the white space nearest to its blanks.
 * @param {Template} template
 */
function cut({ segments, blanks }) {
  const [first, last] = [segments[0], segments[segments.length - 1]]
  let start = first.length
  while (start && !isSpace(first[start - 1])) start--
  let end = 0
  while (end < last.length && !isSpace(last[end])) end++
  const inner = [first.slice(start), ...segments.slice(1, -1), last.slice(0, end)]
  return { left: first.slice(0, start), core: { segments: inner, blanks }, right: last.slice(end) }
}

/**
 * Return where the word begins that a text ends inside of.
 * @param {string} text
 */
function prefixStart(text) {
  const characters = [...text]
  let start = characters.length
  while (start && isInsideWord(characters[start - 1])) start--
  while (start < characters.length && !isAlphanumeric(characters[start])) start++
  return characters.slice(0, start).join('').length
}

/** @param {string} character */
function isInsideWord(character) {
  if (isUnspaced(character)) return false
  return isAlphanumeric(character) || "'’-".includes(character) || /^\p{Mn}$/u.test(character)
}
