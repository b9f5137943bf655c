/**
 * Search for the most probable whole words: one look for word units, best-first for the others.
 * The same as lmkit/inference/search.py, which says why it is exact.
 */
import { isPunctuation } from './vocabulary.js'

/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */
/** @typedef {import('./vocabulary.js').Place} Place */
/** @typedef {import('./context.js').Reader} Reader */
/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./turns.js').Turns} Turns */
/**
 * @typedef {object} Query
 * @property {number} k words wanted
 * @property {string} prefix what they begin with
 * @property {Place} place
 * @property {boolean} hasMarks whether punctuation alone counts as a word
 * @property {boolean} followsLetter whether a letter stands before
 * @property {number} reads begun words read at most
 * @property {number} branches ways a begun word is carried on at most
 */
/** @typedef {{word: string, ids: number[], logProb: number}} FoundWord */
/** @typedef {{words: FoundWord[], prefixLogProb: number}} FoundWords */
/** @typedef {{logProb: number, ids: number[], todo: string}} Begun */

/** @type {Query} */
export const QUERY = {
  k: 5, prefix: '', place: 'anywhere', hasMarks: true, followsLetter: false, reads: 4000, branches: 256,
}
const TOKENS = 40 // of a word at most
const ROWS = 32 // begun words read before the best are looked at anew

/**
 * Find the most probable whole words after a context.
 * @param {Reader} reader
 * @param {Vocabulary} vocabulary
 * @param {Context} context
 * @param {Query} asked
 * @param {Turns} turns
 * @returns {Promise<FoundWords>}
 */
export async function searchWords(reader, vocabulary, context, asked, turns) {
  const query = { ...asked, prefix: vocabulary.tokenizer.requoted(asked.prefix) }
  const probs = context.prediction.probs()
  if (vocabulary.isWhole) return wholeWords(vocabulary, probs, query)
  const search = new Search(reader, vocabulary, context, query)
  await search.begin(probs, turns)
  while (await search.goOn(turns));
  return search.result()
}

/**
 * @param {Vocabulary} vocabulary
 * @param {Float64Array} probs
 * @param {Query} query
 * @returns {FoundWords}
 */
function wholeWords(vocabulary, probs, query) {
  let ids = query.prefix
    ? firstTokens(vocabulary, query).resolved.filter((id) => vocabulary.shown[id])
    : vocabulary.beginners(query.place, query.followsLetter)
  const total = ids.reduce((sum, id) => sum + probs[id], 0)
  if (!query.hasMarks) ids = ids.filter((id) => !vocabulary.punctuation[id])
  const scores = query.place === 'anywhere' ? merged(ids, probs, vocabulary) : probs
  const words = best(ids, scores, query.k).map((id) => (
    { word: vocabulary.words[id], ids: [id], logProb: Math.log(scores[id]) }))
  return { words, prefixLogProb: Math.log(total) }
}

/**
 * Add up the tokens that read the same; the most probable one has the sum, the others nothing.
 * @param {number[]} ids
 * @param {Float64Array} probs
 * @param {Vocabulary} vocabulary
 */
function merged(ids, probs, vocabulary) {
  const sums = probs.slice()
  const asked = new Set(vocabulary.twins.length ? ids : [])
  for (const twins of vocabulary.twins) {
    const usable = twins.filter((id) => asked.has(id))
    if (usable.length < 2) continue
    const speaker = usable.reduce((most, id) => (probs[id] > probs[most] ? id : most))
    const sum = usable.reduce((all, id) => all + probs[id], 0)
    for (const id of usable) sums[id] = id === speaker ? sum : 0
  }
  return sums
}

/**
 * Return the k ids with the largest scores above 0, best first, of equal ones the first.
 * @param {number[]} ids
 * @param {Float64Array} scores of every id
 * @param {number} k
 */
function best(ids, scores, k) {
  let kept = ids
  if (k < ids.length) {
    const edge = Float64Array.from(ids, (id) => scores[id]).sort()[ids.length - k]
    kept = ids.filter((id) => scores[id] >= edge)
  }
  return kept.filter((id) => scores[id] > 0).sort((a, b) => scores[b] - scores[a]).slice(0, k)
}

/**
 * Return the tokens that begin with the whole prefix, and those that begin it alone.
 * @param {Vocabulary} vocabulary
 * @param {Query} query
 */
function firstTokens(vocabulary, query) {
  const isAllowed = (/** @type {number} */ id) => vocabulary.mayBegin(id, query.place) &&
    !(query.followsLetter && vocabulary.isWhole && vocabulary.joinsLetters[id])
  if (!query.prefix) {
    return { resolved: Array.from(vocabulary.texts.keys()).filter(isAllowed), partial: [] }
  }
  const spaces = query.place === 'spaced' ? [' '] : query.place === 'glued' ? [''] : [' ', '']
  const resolved = spaces.flatMap((space) => vocabulary.beginningWith(space + query.prefix))
  const partial = spaces.flatMap((space) => vocabulary.begunBy(space + query.prefix))
  return { resolved: resolved.filter(isAllowed), partial: partial.filter(isAllowed) }
}

/** State of a search: begun words still to be read, and the words found. */
class Search {
  /**
   * @param {Reader} reader
   * @param {Vocabulary} vocabulary
   * @param {Context} context
   * @param {Query} query
   */
  constructor(reader, vocabulary, context, query) {
    this.reader = reader
    this.vocabulary = vocabulary
    this.context = context
    this.query = query
    /** @type {Begun[]} */
    this.begun = []
    /** @type {Map<string, FoundWord>} */
    this.found = new Map()
    this.resolved = 0
    this.least = -Infinity
    this.reads = 0
  }

  /**
   * Take the first tokens.
   * @param {Float64Array} probs
   * @param {Turns} turns
   */
  async begin(probs, turns) {
    const { resolved, partial } = firstTokens(this.vocabulary, this.query)
    this.push([], probs, 0, { resolved, partial, todo: this.query.prefix })
    const { tokenizer, texts } = this.vocabulary
    const { prefix, place } = this.query
    if (!prefix) return
    const ids = place === 'glued' ? tokenizer.encodeInside(prefix) : tokenizer.encode(prefix)
    if (!ids.some((id) => texts[id].includes('\uFFFD'))) return
    if (tokenizer.unknownId !== null && ids.includes(tokenizer.unknownId)) return
    const total = await this.reader.logProb(this.context, ids, turns)
    this.resolved += Math.exp(total)
    this.add(ids, total, '')
  }

  /**
   * Read the best begun words and carry them on; return whether any were worth it.
   * @param {Turns} turns
   */
  async goOn(turns) {
    this.least = this.leastWanted()
    this.begun.sort((a, b) => a.logProb - b.logProb || b.ids.length - a.ids.length)
    /** @type {Begun[]} */
    const taken = []
    while (this.begun.length && taken.length < ROWS && this.reads < this.query.reads) {
      if (this.begun[this.begun.length - 1].logProb <= this.least) break
      taken.push(/** @type {Begun} */ (this.begun.pop()))
      this.reads += 1
    }
    for (const word of taken) {
      const { prediction } = await this.reader.extend(this.context, word.ids, turns)
      this.carryOn(word, prediction.probs())
    }
    return taken.length > 0
  }

  /** @returns {FoundWords} */
  result() {
    const words = Array.from(this.found.values())
    words.sort((a, b) => b.logProb - a.logProb || (a.word < b.word ? -1 : 1))
    return { words: words.slice(0, this.query.k), prefixLogProb: Math.log(this.resolved) }
  }

  leastWanted() {
    if (this.found.size < this.query.k) return -Infinity
    const scores = Float64Array.from(this.found.values(), ({ logProb }) => logProb).sort()
    return scores[scores.length - this.query.k]
  }

  /**
   * @param {Begun} word
   * @param {Float64Array} probs
   */
  carryOn({ ids, logProb, todo }, probs) {
    const { vocabulary } = this
    const all = Array.from(vocabulary.texts.keys())
    if (todo) {
      const isUsable = (/** @type {number} */ id) => !vocabulary.hidden[id] && !vocabulary.spaced[id]
      const resolved = vocabulary.beginningWith(todo).filter(isUsable)
      const partial = vocabulary.begunBy(todo).filter(isUsable)
      this.push(ids, probs, logProb, { resolved, partial, todo })
      return
    }
    const hasOpened = ids.every((id) => vocabulary.opens[id])
    if (!hasOpened) {
      const end = all.reduce((sum, id) => sum + (vocabulary.continues[id] ? 0 : probs[id]), 0)
      this.finish(ids, logProb + Math.log(end))
    }
    const resolved = all.filter((id) => !vocabulary.hidden[id] &&
      (hasOpened ? !vocabulary.spaced[id] : vocabulary.continues[id]))
    this.push(ids, probs, logProb, { resolved, partial: [], todo: '' })
  }

  /**
   * @param {number[]} ids
   * @param {Float64Array} probs
   * @param {number} logProb
   * @param {{resolved: number[], partial: number[], todo: string}} ways
   */
  push(ids, probs, logProb, { resolved, partial, todo }) {
    if (todo || !ids.length) {
      this.resolved += Math.exp(logProb) * resolved.reduce((sum, id) => sum + probs[id], 0)
    }
    for (const id of best(resolved, probs, this.query.branches)) {
      this.add([...ids, id], logProb + Math.log(probs[id]), '')
    }
    for (const id of partial) {
      const text = this.vocabulary.texts[id]
      const rest = todo.slice((ids.length ? text : text.replace(/^ /u, '')).length)
      this.add([...ids, id], logProb + Math.log(probs[id]), rest)
    }
  }

  /**
   * @param {number[]} ids
   * @param {number} logProb
   * @param {string} todo
   */
  add(ids, logProb, todo) {
    if (logProb > this.least && ids.length <= TOKENS) this.begun.push({ logProb, ids, todo })
  }

  /**
   * @param {number[]} ids
   * @param {number} logProb
   */
  finish(ids, logProb) {
    const word = this.vocabulary.tokenizer.decode(ids).trim()
    if (!word || word.includes('\uFFFD') || !word.startsWith(this.query.prefix)) return
    if (word.includes('___') || (!this.query.hasMarks && isPunctuation(word))) return
    const known = this.found.get(word)
    if (!known || logProb > known.logProb) this.found.set(word, { word, ids, logProb })
  }
}
