/**
 * Units: the patterns that cut a line into pieces, as in lmkit/text/scripts.py, and the subword
 * models that cut a piece into tokens.
 */
import { UNSPACED_CLASS } from './normalise.js'

const ALONE = `[${UNSPACED_CLASS}]`
const LETTER = `(?:(?!${ALONE})[\\p{L}\\p{M}\\p{N}_\\u200C\\u200D])`
const WORD = `${LETTER}+(?:(?:['’.\\-]|(?<=\\p{N}),(?=\\p{N}))${LETTER}+)*`
const SHADE = '(?:\\uFE0F|[\\u{1F3FB}-\\u{1F3FF}])*'
const EMOJI =
  `\\p{Extended_Pictographic}${SHADE}(?:\\u200D\\p{Extended_Pictographic}${SHADE})*` +
  '|[\\u{1F1E6}-\\u{1F1FF}]{2}'
const RUN = `(?:(?!${ALONE})[\\p{L}\\p{M}\\u200C\\u200D]){1,64}`

/** @type {Record<string, string>} */
const PATTERNS = {
  spaces: '\\n| ?[^ \\n]+| ',
  punctuation:
    `\\n| ?(?:<unk>|${EMOJI}|${ALONE}\\p{M}*|${WORD}|--+|\\.\\.+|[^ \\n]\\p{M}*)| `,
  subwords:
    `\\n| ?${ALONE}{1,16}| ?${RUN}(?:['’]${RUN})*| ?\\p{N}{1,3}` +
    '| ?[^ \\n\\p{L}\\p{M}\\p{N}]{1,64}| ?[^ \\n]| ',
  char: '[\\s\\S]',
}

/**
 * Return a function that cuts an opened text into pieces.
 * @param {string} unit
 * @param {string} splitting "spaces" or "punctuation", for words
 * @returns {(text: string) => string[]}
 */
export function cutter(unit, splitting) {
  const name = unit === 'word' ? splitting : unit === 'char' ? 'char' : 'subwords'
  const pattern = new RegExp(PATTERNS[name], 'gu')
  return (text) => text.match(pattern) ?? []
}

/** Alphabet of bytes: the character that stands for each, as the library writes tokens. */
export const BYTES = byteAlphabet()

/**
 * Merge the pieces of a word, the best pair first (Sennrich 2016).
 * @param {Map<string, number>} numbers id of each token
 * @param {import('./blob.js').Numbers} merges left id, right id and what they make, best first
 * @returns {(piece: string) => number[]}
 */
export function bytePairs(numbers, merges) {
  const size = numbers.size
  /** @type {Map<number, {rank: number, made: number}>} */
  const ranks = new Map()
  for (let rank = 0; rank * 3 < merges.length; rank++) {
    const key = merges[rank * 3] * size + merges[rank * 3 + 1]
    if (!ranks.has(key)) ranks.set(key, { rank, made: merges[rank * 3 + 2] })
  }
  return (piece) => {
    const ids = Array.from(piece, (character) => numbers.get(character) ?? 0)
    for (;;) {
      let best = { rank: Infinity, made: -1 }
      let place = -1
      for (let i = 0; i + 1 < ids.length; i++) {
        const found = ranks.get(ids[i] * size + ids[i + 1])
        if (found && found.rank < best.rank) [best, place] = [found, i]
      }
      if (place < 0) return ids
      ids.splice(place, 2, best.made)
    }
  }
}

/**
 * Cut a piece so that the sum of the scores is largest (Kudo 2018).
 * @param {Map<string, number>} numbers id of each token
 * @param {import('./blob.js').Numbers} scores log-probability of each token
 * @returns {(piece: string) => number[]}
 */
export function unigramPieces(numbers, scores) {
  const longest = Math.max(...Array.from(numbers.keys(), (name) => name.length))
  return (piece) => {
    const best = new Float64Array(piece.length + 1).fill(-Infinity)
    const from = new Int32Array(piece.length + 1)
    const by = new Int32Array(piece.length + 1)
    best[0] = 0
    for (let start = 0; start < piece.length; start++) {
      for (let end = start + 1; end <= Math.min(piece.length, start + longest); end++) {
        const id = numbers.get(piece.slice(start, end))
        if (id === undefined || best[start] + scores[id] <= best[end]) continue
        best[end] = best[start] + scores[id]
        from[end] = start
        by[end] = id
      }
    }
    const ids = []
    for (let end = piece.length; end > 0; end = from[end]) ids.push(by[end])
    return ids.reverse()
  }
}

function byteAlphabet() {
  const alphabet = []
  let others = 0
  for (let byte = 0; byte < 256; byte++) {
    const prints = (byte >= 0x21 && byte < 0x7f) || (byte >= 0xa1 && byte < 0xad) || byte >= 0xae
    alphabet.push(String.fromCharCode(prints ? byte : 0x100 + others))
    others += prints ? 0 : 1
  }
  return alphabet
}
