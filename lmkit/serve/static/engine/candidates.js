/**
 * Candidates for a blank, proposed before the other side of it is read, and words that are known
 * only together with what touches the blank. The same as lmkit/inference/fill/candidates.py and
 * joined_words.py.
 */
import { detached, encodeVariants, templateFor } from './blanks.js'
import { placeAfter } from './next_words.js'
import { isUnspaced } from './normalise.js'
import { QUERY, searchWords } from './search.js'
import { byCodePoint, isPunctuation } from './vocabulary.js'

/** @typedef {import('./blanks.js').Blank} Blank */
/** @typedef {import('./blanks.js').Template} Template */
/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./context.js').Reader} Reader */
/** @typedef {import('./search.js').Query} Query */
/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */
/** @typedef {import('./turns.js').Turns} Turns */
/** @typedef {{reader: Reader, vocabulary: Vocabulary, turns: Turns}} Searcher */
/** @typedef {{shortlist: number, beam: number}} Proposal */
/** @typedef {{text: string, logProb: number, ids: number[]}} Phrase */

const LEFT = /[\p{L}\p{N}_\p{M}'’.-]+$/u // characters that a word after them may join
const RIGHT = /^\S+/u // characters that may join the word before them
const LONGEST = 32 // characters that are joined, on either side

/**
 * Return candidates for a blank with their log-probabilities after the left side.
 * @param {Searcher} searcher
 * @param {Context} context
 * @param {Blank} blank
 * @param {{before: string, proposal: Proposal}} options
 * @returns {Promise<Map<string, number>>}
 */
export async function propose(searcher, context, blank, { before, proposal }) {
  /** @type {Map<string, number>} */
  const found = new Map()
  /** @type {Phrase[]} */
  let begun = [{ text: '', logProb: 0, ids: [] }]
  for (let length = 1; length <= blank.maxWords; length++) {
    /** @type {Phrase[]} */
    const grown = []
    for (const phrase of begun) {
      const query = queryFor(phrase, blank, before, proposal)
      const here = await searcher.reader.extend(context, phrase.ids, searcher.turns)
      for (const word of await search(searcher, here, query)) {
        const text = joined(phrase.text, word.word)
        grown.push({ text, logProb: phrase.logProb + word.logProb, ids: [...phrase.ids, ...word.ids] })
      }
    }
    grown.sort((a, b) => b.logProb - a.logProb || byCodePoint(a.text, b.text))
    grown.length = Math.min(grown.length, proposal.shortlist)
    for (const { text, logProb } of grown) found.set(text, logProb)
    begun = grown.slice(0, proposal.beam)
  }
  return found
}

/**
 * Return the words for a blank that are known only together with what touches the blank.
 * @param {Vocabulary} vocabulary
 * @param {Float64Array} probs of every id at the blank
 * @param {Blank} blank
 * @param {{before: string, after: string}} around
 */
export function joinedWords(vocabulary, probs, blank, { before, after }) {
  /** @type {Map<string, number>} */
  const found = new Map()
  for (const [start, ending] of neighbours(before, after)) {
    const place = placeAfter(before.slice(0, before.length - start.length))
    const least = start.length + blank.prefix.length + ending.length
    for (let id = 0; id < vocabulary.size; id++) {
      const text = vocabulary.words[id]
      if (text.length <= least || !text.endsWith(ending) || !text.startsWith(start + blank.prefix)) continue
      const word = text.slice(start.length, text.length - ending.length)
      if (!vocabulary.mayBegin(id, place) || isPunctuation(word)) continue
      found.set(word, Math.max(Math.log(probs[id]), found.get(word) ?? -Infinity))
    }
  }
  return found
}

/**
 * Return for each filling whether it makes a joined word that the vocabulary lacks.
 * @param {Vocabulary} vocabulary
 * @param {Template} template
 * @param {string[][]} fillings
 */
export function unknownJoined(vocabulary, template, fillings) {
  const { tokenizer } = vocabulary
  const unknown = tokenizer.unknownId
  const asRead = templateFor(tokenizer, template)
  if (unknown === null || !vocabulary.isWhole || !touches(asRead)) return fillings.map(() => false)
  const together = encodeVariants(tokenizer, asRead, fillings)
  const apart = encodeVariants(tokenizer, detached(asRead), fillings)
  const more = apart.left.length + apart.right.length - together.left.length - together.right.length
  return together.middles.map((ids, place) =>
    ids.includes(unknown) && ids.length < apart.middles[place].length + more)
}

/** @param {Template} template */
function touches({ segments }) {
  return segments.slice(0, -1).some((segment) => segment.slice(-1).trim() !== '') ||
    segments.slice(1).some((segment) => segment.slice(0, 1).trim() !== '')
}

/**
 * @param {Phrase} phrase
 * @param {Blank} blank
 * @param {string} before
 * @param {Proposal} proposal
 * @returns {Query}
 */
function queryFor(phrase, blank, before, { shortlist, beam }) {
  const k = phrase.text ? Math.max(32, Math.floor(shortlist / beam)) : shortlist
  const last = [...phrase.text].pop() ?? ''
  const place = !phrase.text ? placeAfter(before) : isUnspaced(last) ? 'glued' : 'spaced'
  const prefix = phrase.text ? '' : blank.prefix
  return { ...QUERY, k, prefix, place, hasMarks: false, reads: 2 * k + 50, branches: 64 }
}

/**
 * Search; a prefix that no word has is tried in lower case.
 * @param {Searcher} searcher
 * @param {Context} context
 * @param {Query} query
 */
async function search({ reader, vocabulary, turns }, context, query) {
  const found = await searchWords(reader, vocabulary, context, query, turns)
  const lower = query.prefix.toLowerCase()
  if (found.words.length || lower === query.prefix) return found.words
  const { words } = await searchWords(reader, vocabulary, context, { ...query, prefix: lower }, turns)
  return words.map((word) => {
    const text = query.prefix + word.word.slice(query.prefix.length)
    return vocabulary.tokenizer.knows(text) ? { ...word, word: text } : word
  })
}

/**
 * @param {string} text
 * @param {string} word
 */
function joined(text, word) {
  if (!text) return word
  return isUnspaced([...text].pop() ?? '') ? text + word : `${text} ${word}`
}

/**
 * Return the characters on each side that may make a word with a blank, not both empty.
 * @param {string} before
 * @param {string} after
 */
function neighbours(before, after) {
  const [left] = LEFT.exec(before.slice(-LONGEST)) ?? ['']
  const [ending] = RIGHT.exec(after.slice(0, LONGEST)) ?? ['']
  /** @type {[string, string][]} */
  const found = []
  for (const start of left ? ['', left] : ['']) {
    for (let length = 0; length <= ending.length; length++) {
      if (start || length) found.push([start, ending.slice(0, length)])
    }
  }
  return found
}
