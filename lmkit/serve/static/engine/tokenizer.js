/**
 * Tokenizer: text to ids and back, the same ids as lmkit/text/tokenizer.py gives.
 */
import { isSpace, normalise, openLine, split, straightened } from './normalise.js'
import { BYTES, bytePairs, cutter, unigramPieces } from './units.js'

/** @typedef {import('./blob.js').Blob} Blob */

const PART = '\uFFFD'

/** Tokenizer of one vocabulary. */
export class Tokenizer {
  /** @param {Blob} blob */
  constructor(blob) {
    const facts = blob.header.tokenizer
    this.facts = facts
    this.unit = facts.unit
    this.isBytes = facts.unit === 'bpe' || facts.unit === 'unigram'
    this.unknownId = facts.unknown_id
    this.lineEndId = facts.line_end_id
    /** @type {string[]} */
    const names = JSON.parse(new TextDecoder().decode(/** @type {Uint8Array} */ (blob.array('tokens'))))
    this.size = names.length
    this.numbers = new Map(names.map((name, id) => [name, id]))
    this.spellings = this.isBytes ? names.map(spelled) : null
    this.texts = this.spellings ? this.spellings.map(decoded) : names
    if (this.unknownId !== null) this.texts[this.unknownId] = this.unit === 'word' ? ' <unk>' : PART
    this.cut = cutter(facts.unit, facts.split)
    this.pieces = pieceReader(blob, facts.unit, this.numbers)
    /** @type {Map<string, number[]>} */
    this.knownPieces = new Map()
  }

  /** Tell whether words are parted by spaces alone, so that every token has one. */
  get partsBySpaces() {
    return this.unit === 'word' && this.facts.split === 'spaces'
  }

  /**
   * Return a text as it is read, before it is cut.
   * @param {string} text
   */
  normalise(text) {
    return normalise(text, this.facts)
  }

  /**
   * Return a text with quotation marks as this tokenizer has them.
   * @param {string} text
   */
  requoted(text) {
    return this.facts.straight_quotes ? straightened(text) : text
  }

  /**
   * Return the ids of a text as at the beginning of a line.
   * @param {string} text
   */
  encode(text) {
    return this.encodeOpened(this.normalise(text).split('\n').map(openLine).join('\n'))
  }

  /**
   * Return the ids of a text inside a line, after a word or a blank.
   * @param {string} text
   */
  encodeInside(text) {
    const [first, ...others] = this.normalise(text).split('\n')
    const isSpaced = isSpace(text.slice(0, 1)) || this.partsBySpaces
    const opened = first && isSpaced ? ` ${first}` : first
    return this.encodeOpened([opened, ...others.map(openLine)].join('\n'))
  }

  /**
   * Return the ids of each word of a line, a word being what stands between white space.
   * @param {string} line
   */
  encodeWords(line) {
    const words = split(this.normalise(line))
    return words.map((word, place) => this.encodeOpened(place ? ` ${word}` : openLine(word)))
  }

  /** @param {string} text */
  encodeOpened(text) {
    return this.cut(text).flatMap((piece) => this.piece(piece))
  }

  /**
   * Return the ids of a piece; those met before are quick.
   * @param {string} piece
   */
  piece(piece) {
    if (!this.isBytes) return [this.numbers.get(piece) ?? /** @type {number} */ (this.unknownId)]
    let ids = this.knownPieces.get(piece)
    if (!ids) {
      const bytes = new TextEncoder().encode(piece)
      ids = this.pieces(Array.from(bytes, (byte) => BYTES[byte]).join(''))
      if (this.knownPieces.size > 20000) this.knownPieces.clear()
      this.knownPieces.set(piece, ids)
    }
    return ids
  }

  /**
   * Return the text of ids inside a line: a leading space is kept.
   * @param {number[]} ids
   */
  decodeInside(ids) {
    const { spellings } = this
    if (!spellings) return ids.map((id) => this.texts[id]).join('')
    return decoded(Uint8Array.from(ids.flatMap((id) => [...spellings[id]])))
  }

  /**
   * Return the text of ids; the space that opens each line is dropped.
   * @param {number[]} ids
   */
  decode(ids) {
    return this.decodeInside(ids).replaceAll('\n ', '\n').replace(/^ /u, '')
  }

  /**
   * Return whether a text has no unknown token in it, unless it asks for that by name.
   * @param {string} word
   */
  knows(word) {
    return this.unknownId === null || word.trim() === '<unk>' || !this.encode(word).includes(this.unknownId)
  }
}

/**
 * @param {Blob} blob
 * @param {string} unit
 * @param {Map<string, number>} numbers
 * @returns {(piece: string) => number[]}
 */
function pieceReader(blob, unit, numbers) {
  if (unit === 'bpe') return bytePairs(numbers, blob.array('merges'))
  if (unit === 'unigram') return unigramPieces(numbers, blob.array('scores'))
  return () => []
}

/**
 * Return the bytes of a token written in the alphabet of bytes.
 * @param {string} name
 */
function spelled(name) {
  return Uint8Array.from(name, (character) => BYTES.indexOf(character))
}

/** @param {Uint8Array} bytes */
function decoded(bytes) {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
