/**
 * Normalisation of text: the same changes as lmkit/text/normalise.py, and no others.
 */

/** @typedef {{lowercase: boolean, straight_quotes: boolean}} Rules */

// Code points of scripts that put no space between words, as in lmkit/text/scripts.py.
const UNSPACED_RANGES =
  '\\u0E00-\\u0EFF\\u1000-\\u109F\\u1780-\\u17FF\\u2E80-\\u2FDF\\u3005-\\u3007\\u3021-\\u3029' +
  '\\u3031-\\u312F\\u31A0-\\u31FF\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uA9E0-\\uA9FF\\uAA60-\\uAA7F' +
  '\\uF900-\\uFAFF\\uFF66-\\uFF9F\\u{20000}-\\u{3FFFD}'
const UNSPACED_MARKS = '\\u3001-\\u3004\\u3008-\\u3020\\uFF01-\\uFF65'

/** Class of the characters of scripts written without spaces, for a regular expression. */
export const UNSPACED_CLASS = UNSPACED_RANGES

const UNSPACED = new RegExp(`^[${UNSPACED_RANGES}]`, 'u')
const UNSPACED_START = new RegExp(`^[${UNSPACED_RANGES}${UNSPACED_MARKS}]`, 'u')
// White space as Python's str.split has it.
const SPACE_CLASS =
  '\\t-\\r\\x1C-\\x20\\x85\\xA0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000'
const SPACES = new RegExp(`[${SPACE_CLASS}]+`, 'gu')
const SPACE = new RegExp(`^[${SPACE_CLASS}]$`, 'u')
// eslint-disable-next-line no-control-regex -- these are what is taken out
const CONTROL = /[\x00-\x08\x0E-\x1B\x7F-\x9F]/gu
const LONE_SURROGATE = /[\uD800-\uDFFF]/gu
const STRAIGHT = /[‘’‚‛]/gu
const STRAIGHT_DOUBLE = /[“”„‟]/gu

/**
 * Return a text as the tokenizer reads it: lines parted by line feeds.
 * @param {string} text
 * @param {Rules} rules
 */
export function normalise(text, rules) {
  let changed = text.replace(/\r\n?/gu, '\n').replace(/\uFEFF/gu, '')
  changed = changed.replace(CONTROL, ' ').replace(LONE_SURROGATE, '\uFFFD')
  if (rules.straight_quotes) changed = straightened(changed)
  if (rules.lowercase) changed = changed.toLowerCase()
  return changed.normalize('NFC').split('\n').map((line) => split(line).join(' ')).join('\n')
}

/**
 * Return a text whose curly quotation marks and apostrophes are straight.
 * @param {string} text
 */
export function straightened(text) {
  return text.replace(STRAIGHT, "'").replace(STRAIGHT_DOUBLE, '"')
}

/**
 * Return what stands between white space.
 * @param {string} text
 */
export function split(text) {
  return text.split(SPACES).filter((word) => word !== '')
}

/**
 * Return the words of a line, as figures count them.
 * @param {string} line
 */
export function splitWords(line) {
  return split(normalise(line, { lowercase: false, straight_quotes: false }))
}

/**
 * Give the first word of a normalised line the space that every word carries.
 * @param {string} line
 */
export function openLine(line) {
  return !line || UNSPACED_START.test(line) ? line : ` ${line}`
}

/**
 * Tell whether a text begins with a character of a script without spaces.
 * @param {string} text
 */
export function isUnspaced(text) {
  return UNSPACED.test(text)
}

/**
 * Tell whether a character is white space.
 * @param {string} character
 */
export function isSpace(character) {
  return SPACE.test(character)
}

/**
 * Tell whether a text is not empty and of letters and digits alone.
 * @param {string} text
 */
export function isAlphanumeric(text) {
  return /^[\p{L}\p{N}]+$/u.test(text)
}
