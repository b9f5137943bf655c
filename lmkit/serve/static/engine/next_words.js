/**
 * The next whole words after a text, and the words that finish a begun one.
 * The same as lmkit/inference/next_words.py and complete.py.
 */
import { isAlphanumeric, isSpace, isUnspaced } from './normalise.js'
import { QUERY, searchWords } from './search.js'
import { byCodePoint } from './vocabulary.js'

/** @typedef {import('./search.js').Query} Query */
/** @typedef {import('./context.js').Reader} Reader */
/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */
/** @typedef {import('./vocabulary.js').Place} Place */
/** @typedef {import('./turns.js').Turns} Turns */
/** @typedef {{word: string, probability: number}} Guess */
/** @typedef {{before: string, prefix: string, place: Place}} Begun */
/** @typedef {{reader: Reader, vocabulary: Vocabulary, context: Context, k: number, turns: Turns}} Asked */

const MISSPELLED = 0.05 // probability of one letter mistyped
const LONGEST = 200 // letters; what is longer is no begun word
const LONGEST_SLIP = 64 // letters; in longer words no slip is looked for

/**
 * Return the most probable next words, best first.
 * @param {Asked} asked
 * @param {boolean} followsLetter whether the text ends in a letter
 */
export async function nextWords({ reader, vocabulary, context, k, turns }, followsLetter) {
  const found = await searchWords(reader, vocabulary, context, { ...QUERY, k, followsLetter }, turns)
  return bestGuesses(found.words.map(({ word, logProb }) => ({ word, probability: Math.exp(logProb) })), k)
}

/**
 * Return the k most probable guesses; those of the same word are added up.
 * @param {Guess[]} guesses
 * @param {number} k
 * @returns {Guess[]}
 */
export function bestGuesses(guesses, k) {
  /** @type {Map<string, number>} */
  const sums = new Map()
  for (const { word, probability } of guesses) sums.set(word, (sums.get(word) ?? 0) + probability)
  const all = Array.from(sums, ([word, probability]) => ({ word, probability: Math.min(1, probability) }))
  return all.sort((a, b) => b.probability - a.probability || byCodePoint(a.word, b.word)).slice(0, k)
}

/**
 * Cut a text before the word that it ends inside of.
 * @param {string} text
 * @returns {Begun}
 */
export function splitBegun(text) {
  const characters = [...text]
  let start = characters.length
  while (start && isInsideWord(characters[start - 1])) start--
  while (start < characters.length && !isAlphanumeric(characters[start])) start++
  const before = characters.slice(0, start).join('')
  const prefix = characters.slice(start).join('')
  return { before, prefix, place: prefix ? placeAfter(before) : 'anywhere' }
}

/**
 * Return the place of a word that stands right after a text.
 * @param {string} before
 * @returns {Place}
 */
export function placeAfter(before) {
  if (!before.trim() || before.replace(/[ \t]+$/u, '').endsWith('\n')) return 'line start'
  return isSpace(before.slice(-1)) ? 'spaced' : 'glued'
}

/**
 * Return the words that finish a begun one, best first, given the letters typed.
 * @param {Asked} asked
 * @param {Begun} begun
 */
export async function completeWord(asked, begun) {
  if ([...begun.prefix].length > LONGEST) return []
  const typed = { ...begun, prefix: asked.vocabulary.tokenizer.requoted(begun.prefix) }
  const { prefix } = typed
  let guesses = await searchAll(asked, typed, [[prefix, 1], ...otherCases(prefix)])
  if (!guesses.length && isLower(prefix)) {
    guesses = await searchAll(asked, typed, [[prefix.slice(0, 1).toUpperCase() + prefix.slice(1), 1]])
  }
  if (!guesses.length && prefix) {
    guesses = await searchAll(asked, typed, slips(prefix, asked.vocabulary))
  }
  return guesses
}

/**
 * @param {Asked} asked
 * @param {Begun} begun
 * @param {[string, number][]} spellings prefixes, and what their probability is multiplied by
 */
async function searchAll({ reader, vocabulary, context, k, turns }, begun, spellings) {
  /** @type {Guess[]} */
  const guesses = []
  let total = 0
  for (const [prefix, factor] of spellings) {
    await turns.pause()
    /** @type {Query} */
    const query = { ...QUERY, k, prefix, place: begun.place }
    const found = await searchWords(reader, vocabulary, context, query, turns)
    total += Math.exp(found.prefixLogProb) * factor
    for (const { word, logProb } of found.words) {
      guesses.push({ word: recased(word, begun.prefix, prefix), probability: Math.exp(logProb) * factor })
    }
  }
  if (!total) return []
  return bestGuesses(guesses.map(({ word, probability }) => ({ word, probability: probability / total })), k)
}

/**
 * Return the other cases in which the vocabulary may have a prefix with capitals.
 * @param {string} prefix
 * @returns {[string, number][]}
 */
function otherCases(prefix) {
  if (!isUpper(prefix.slice(0, 1))) return []
  const ways = new Set([prefix.toLowerCase(), prefix.slice(0, 1) + prefix.slice(1).toLowerCase()])
  return [...ways].filter((way) => way !== prefix).map((way) => [way, 1])
}

/**
 * Give a word found under a prefix the capitals of what was typed.
 * @param {string} word
 * @param {string} typed
 * @param {string} prefix
 */
function recased(word, typed, prefix) {
  if (prefix === typed || !isUpper(typed.slice(0, 1))) return word
  if (typed.length > 1 && isUpper(typed)) return word.toUpperCase()
  if (word.toLowerCase().startsWith(typed.toLowerCase())) return typed + word.slice(typed.length)
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

/**
 * Return the beginnings one slip away from a prefix, those that known words begin with.
 * @param {string} prefix
 * @param {Vocabulary} vocabulary
 * @returns {[string, number][]}
 */
function slips(prefix, vocabulary) {
  const letters = [...prefix]
  if (!vocabulary.isWhole || letters.length > LONGEST_SLIP) return []
  const seen = new Set([prefix])
  /** @type {[string, number][]} */
  const found = []
  for (let place = 0; place <= letters.length; place++) {
    const head = letters.slice(0, place).join('')
    const [first = '', second = '', ...rest] = letters.slice(place)
    const tail = rest.join('')
    const ways = [head + second + tail, head + second + first + tail]
    for (const letter of vocabulary.letters) {
      ways.push(head + letter + first + second + tail, head + letter + second + tail)
    }
    for (const way of ways) {
      if (seen.has(way) || way.length < 2 || !vocabulary.beginningWith(` ${way}`).length) continue
      seen.add(way)
      found.push([way, MISSPELLED])
    }
  }
  return found
}

/** @param {string} character */
function isInsideWord(character) {
  return !isUnspaced(character) && (isAlphanumeric(character) || "'’-".includes(character))
}

/** @param {string} text */
function isUpper(text) {
  return text !== text.toLowerCase() && text === text.toUpperCase()
}

/** @param {string} text */
function isLower(text) {
  return text !== text.toUpperCase() && text === text.toLowerCase()
}
