/**
 * Generation: a text that continues a prompt. Where it ends and what may be written is the same as
 * in lmkit/inference/generate.py.
 */
import { isSpace, isUnspaced } from './normalise.js'
import { draw, filtered, randomFrom } from './sampling.js'
import { isWritable } from './writable.js'

/** @typedef {import('./context.js').Reader} Reader */
/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */
/** @typedef {import('./turns.js').Turns} Turns */
/** @typedef {import('./sampling.js').Sampling} Sampling */

const TOKENS_A_WORD = 24 // a character model may never end its word: it is stopped after so many
const TRIES = 16 // tokens refused, after which every token is checked at once

/**
 * Write on after a prompt and return what is written.
 * @param {Reader} reader
 * @param {Vocabulary} vocabulary
 * @param {string} prompt
 * @param {{words: number, seed: number, sampling: Sampling, turns: Turns}} options
 */
export async function continueText(reader, vocabulary, prompt, { words, seed, sampling, turns }) {
  const ids = vocabulary.tokenizer.encode(prompt)
  const choose = chooser(vocabulary, sampling, randomFrom(seed))
  let context = await reader.read(ids, turns)
  const history = ids.slice()
  const length = new Length(vocabulary, words, ids.at(-1) ?? vocabulary.lineEndId)
  for (;;) {
    const token = choose(context.prediction.probs(), history)
    if (length.isFull(token)) break
    history.push(token)
    context = await reader.extend(context, [token], turns)
  }
  const written = writtenText(vocabulary, ids, history.slice(ids.length))
  return isSpace(prompt.slice(-1)) ? written.replace(/^ /u, '') : written
}

/**
 * Return the text of tokens written after a prompt; the space that opens a line is dropped.
 * @param {Vocabulary} vocabulary
 * @param {number[]} prompt
 * @param {number[]} ids
 */
function writtenText({ tokenizer, lineEndId }, prompt, ids) {
  const text = tokenizer.decodeInside(ids).replaceAll('\n ', '\n')
  const isStart = !prompt.length || prompt.at(-1) === lineEndId
  return isStart ? text.replace(/^ /u, '') : text
}

/** Length of a text in words: tokens after white space, and characters of unspaced scripts. */
class Length {
  /**
   * @param {Vocabulary} vocabulary
   * @param {number} most words
   * @param {number} last id before the text
   */
  constructor(vocabulary, most, last) {
    this.texts = vocabulary.texts
    this.most = most
    this.last = last
    this.words = 0
    this.tokens = 0
  }

  /**
   * Return whether a token would begin one word too many; else count it.
   * @param {number} token
   */
  isFull(token) {
    if (this.tokens >= Math.max(1, this.most) * TOKENS_A_WORD) return true
    const text = this.texts[token]
    const isWhite = text.trim() === ''
    const begins = beginsWord(text) || (!isWhite && this.texts[this.last].trim() === '')
    if (this.words >= this.most && (begins || isWhite)) return true
    this.words += begins ? 1 : 0
    this.tokens += 1
    this.last = token
    return false
  }
}

/**
 * Return whether the text of a token begins a new word, as lengths are counted.
 * @param {string} text
 */
function beginsWord(text) {
  return (text.startsWith(' ') && text !== ' ') || isUnspaced(text)
}

/**
 * Return a function that chooses the next token.
 * @param {Vocabulary} vocabulary
 * @param {Sampling} sampling
 * @param {() => number} random
 */
function chooser(vocabulary, sampling, random) {
  const banned = vocabulary.hidden.slice()
  banned[vocabulary.lineEndId] = 0
  return (/** @type {Float64Array} */ probs, /** @type {number[]} */ history) => {
    const isAccepted = (/** @type {number} */ id) => isWritable(vocabulary, history, id)
    const first = draw(filtered(probs, banned, sampling), random)
    if (isAccepted(first)) return first
    const left = probs.slice()
    for (let refused = first, tries = 0; tries < TRIES; tries++) {
      left[refused] = 0
      const token = draw(filtered(left, banned, sampling), random)
      if (token < 0) return first
      if (isAccepted(token)) return token
      refused = token
    }
    for (let id = 0; id < left.length; id++) if (!isAccepted(id)) left[id] = 0
    const token = draw(filtered(left, banned, sampling), random)
    return token < 0 ? first : token
  }
}
