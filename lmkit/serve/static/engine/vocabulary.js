/**
 * Tokens arranged for finding words: by beginning, and by what stands before them.
 * The same as lmkit/inference/vocabulary.py.
 */
import { isAlphanumeric, isUnspaced } from './normalise.js'

/** @typedef {import('./tokenizer.js').Tokenizer} Tokenizer */
/** @typedef {'anywhere' | 'line start' | 'spaced' | 'glued'} Place where a word stands */

const LAST = '\u{10FFFF}'

/** The tokens of a tokenizer, as the searches need them. */
export class Vocabulary {
  /**
   * @param {Tokenizer} tokenizer
   * @param {Uint8Array} flags bits of each token
   */
  constructor(tokenizer, flags) {
    this.tokenizer = tokenizer
    this.size = tokenizer.size
    this.lineEndId = tokenizer.lineEndId
    this.texts = tokenizer.texts
    this.words = tokenizer.texts.map((text) => text.replace(/^ /u, ''))
    this.isWhole = tokenizer.unit === 'word'
    const mask = (/** @type {string} */ name) => {
      const bit = 1 << tokenizer.facts.flags.indexOf(name)
      return flags.map((flag) => (flag & bit ? 1 : 0))
    }
    this.continues = mask('continues')
    this.hidden = mask('hidden')
    this.opens = mask('opens')
    this.shown = mask('shown')
    this.spaced = mask('spaced')
    this.punctuation = mask('punctuation')
    this.joinsLetters = mask('joins_letters')
    this.unspaced = mask('unspaced')
    const order = Array.from(this.texts.keys())
    this.sorted = order.sort((a, b) => byCodePoint(this.texts[a], this.texts[b]) || a - b)
    /** @type {Map<string, number[]>} */
    this.ofText = new Map()
    this.texts.forEach((text, id) => {
      const known = this.ofText.get(text)
      if (known) known.push(id)
      else this.ofText.set(text, [id])
    })
    /** @type {number[][]} tokens that read the same, as a comma with a space and one without */
    this.twins = twinsOf(this.words)
        /** @type {Map<string, number[]>} */
    this.kept = new Map()
    this.letters = [...tokenizer.facts.letters]
  }

  /**
   * Return whether a token may begin a word at a place.
   * @param {number} id
   * @param {Place} place
   */
  mayBegin(id, place) {
    if (this.hidden[id]) return false
    if (place === 'spaced') return this.spaced[id] === 1
    if (place === 'line start') return this.spaced[id] === 1 || this.unspaced[id] === 1
    if (place === 'glued') return this.spaced[id] === 0
    return this.continues[id] === 0
  }

  /**
   * Return the ids of the tokens that may be shown as a word at a place.
   * @param {Place} place
   * @param {boolean} followsLetter whether a letter stands before, which some would be joined to
   */
  beginners(place, followsLetter) {
    const key = `${place} ${followsLetter}`
    let ids = this.kept.get(key)
    if (!ids) {
      ids = Array.from(this.texts.keys()).filter((id) => this.shown[id] && this.mayBegin(id, place) &&
        !(followsLetter && this.joinsLetters[id]))
      this.kept.set(key, ids)
    }
    return ids
  }

  /**
   * Return the ids of all tokens whose text, leading space included, begins with a start.
   * @param {string} start
   */
  beginningWith(start) {
    return this.sorted.slice(this.lowest(start), this.lowest(start + LAST))
  }

  /**
   * Return the ids of all tokens that are a part of a text from its start, but not all.
   * @param {string} text
   */
  begunBy(text) {
    const characters = [...text]
    const found = characters.slice(1).map((_, end) =>
      this.ofText.get(characters.slice(0, end + 1).join('')) ?? [])
    return found.flat()
  }

  /** @param {string} text */
  lowest(text) {
    let [low, high] = [0, this.sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (byCodePoint(this.texts[this.sorted[middle]], text) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/**
 * Tell whether a text, white space after it not counted, ends in a letter or digit.
 * @param {string} text
 */
export function endsInLetter(text) {
  const last = [...text.replace(/[ \t]+$/u, '')].pop() ?? ''
  return isAlphanumeric(last) && !isUnspaced(last)
}

/**
 * Tell whether a word is punctuation alone.
 * @param {string} word
 */
export function isPunctuation(word) {
  return /^[\p{P}\p{Sk}]+$/u.test(word)
}

/**
 * Return groups of tokens that have a text in common, but for the space before it.
 * @param {string[]} words
 */
function twinsOf(words) {
  /** @type {Map<string, number[]>} */
  const groups = new Map()
  words.forEach((word, id) => {
    const known = groups.get(word)
    if (known) known.push(id)
    else groups.set(word, [id])
  })
  return Array.from(groups.values()).filter((group) => group.length > 1)
}

/**
 * Compare texts by code points, as Python does.
 * @param {string} left
 * @param {string} right
 */
export function byCodePoint(left, right) {
  const end = Math.min(left.length, right.length)
  for (let i = 0; i < end; i++) {
    const [a, b] = [left.charCodeAt(i), right.charCodeAt(i)]
    if (a === b) continue
    const areHigh = [a >= 0xd800 && a < 0xe000, b >= 0xd800 && b < 0xe000]
    if (areHigh[0] !== areHigh[1]) return areHigh[0] ? 1 : -1
    return a - b
  }
  return left.length - right.length
}
