/**
 * Unknown words and the known spellings they are variants of: the same as
 * lmkit/inference/unknown_words.py.
 */
import { UNSPACED_CLASS } from './normalise.js'

/** @typedef {import('./tokenizer.js').Tokenizer} Tokenizer */

const WORD = new RegExp(`[${UNSPACED_CLASS}]|[^\\s${UNSPACED_CLASS}]+`, 'gu')
const BLANK = '___'

/**
 * Return a text in which each unknown word with a known variant is replaced by that.
 * @param {Tokenizer} tokenizer
 * @param {string} text
 */
export function withKnownVariants(tokenizer, text) {
  const unknown = tokenizer.unknownId
  if (unknown === null || !tokenizer.encode(text).includes(unknown)) return text
  return text.replace(WORD, (word) => {
    if (word.includes(BLANK) || tokenizer.knows(word)) return word
    return variants(word).find((way) => tokenizer.knows(way)) ?? word
  })
}

/**
 * Return other spellings of a word, the nearest first, each once.
 * @param {string} word
 */
function variants(word) {
  const typed = word.replace(/[‘’‚‛ʼ′`´＇]/gu, "'").replace(/[“”„‟″«»＂]/gu, '"')
    .replace(/[‐‑‒–—―−]/gu, '-')
  const spellings = [word, typed, typed.normalize('NFKC'), typed.replaceAll("'", '’')]
  const all = new Set([...spellings, ...spellings.flatMap(cases)])
  return [...all].filter((way) => way && way !== word)
}

/**
 * Return a word in lower case, with a capital, and in capitals; punctuation before it is kept.
 * @param {string} word
 */
function cases(word) {
  const lower = word.toLowerCase()
  const start = Math.max(0, word.search(/\p{L}/u))
  const capital = lower.slice(0, start) + lower.slice(start, start + 1).toUpperCase() + lower.slice(start + 1)
  return [lower, capital, word.toUpperCase()]
}
