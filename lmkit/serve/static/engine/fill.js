/**
 * Fill the blanks of a text with both sides in view: candidates are proposed, then each is read
 * together with the right-hand words. The same as lmkit/inference/fill/fill.py and
 * lmkit/inference/bidirectional.py.
 */
import { encodeVariants, filled, firstBlanks, parseBlanks, templateFor } from './blanks.js'
import { joinedWords, propose, unknownJoined } from './candidates.js'
import { Continuations } from './continuations.js'
import { isSpace, splitWords } from './normalise.js'
import { scoreText } from './score.js'
import { withKnownVariants } from './unknown_words.js'
import { byCodePoint } from './vocabulary.js'

/** @typedef {import('./blanks.js').Blank} Blank */
/** @typedef {import('./blanks.js').Template} Template */
/** @typedef {import('./blanks.js').Variants} Variants */
/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./context.js').Reader} Reader */
/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */
/** @typedef {import('./turns.js').Turns} Turns */
/** @typedef {{reader: Reader, isBackward: boolean, weight: number}} Direction */
/** @typedef {{words: string[], score: number}} Ranked */
/** @typedef {{words: string[], isAll: boolean}} Found */
/** @typedef {{tree: Continuations, weight: number, idsOf: (row: number) => number[]}} Path */

const SHORTLIST = 400 // candidates proposed for a blank
const ROUNDS = [[1, 100], [3, 40]] // tokens read beyond the blank, candidates kept after that
const BEAM = 24 // fillings carried on from blank to blank
const FEW = 100 // where no more words than this fit, all of them are read to the end
const REACH = 1000 // tokens beyond the blank that are read at most
const SEARCHES = 80 // searches for words at one blank at most, where blanks take several words
const FEWEST = 32 // words proposed after each filling that is carried on
const FEW_CARRIED = 8 // fillings carried on to a blank of several words
const TOKENS = 3 // a word of several tokens costs so much more to find

/**
 * Fill every blank of a text.
 * @param {Direction[]} directions
 * @param {Vocabulary} vocabulary
 * @param {string} text
 * @param {{k: number, turns: Turns, frequency: (words: string[]) => number | null}} options frequency: the
 *   natural logarithm of how frequent words are
 */
export async function fillText(directions, vocabulary, text, { k, turns, frequency }) {
  const template = parseBlanks(text)
  const read = parseBlanks(withKnownVariants(vocabulary.tokenizer, text))
  const search = new FillSearch(directions, vocabulary, read, { k, turns })
  const { ranked, isWhole } = await search.run()
  const largest = ranked[0]?.score ?? 0
  const total = ranked.reduce((sum, { score }) => sum + Math.exp(score - largest), 0)
  const fillings = []
  for (const { words, score } of ranked.slice(0, k)) {
    const sides = await explain(directions, vocabulary, search.tokens, words, turns)
    const why = { ...sides, frequency: frequency(words) }
    const probability = Math.min(1, Math.exp(score - largest) / total)
    fillings.push({ words, text: filled(template, words), probability, why })
  }
  return { text, fillings, candidates: ranked.length, exact: isWhole }
}

/**
 * Return what each side says of a filling, as natural logarithms: the words around the blanks after
 * what stands left of them, and all words right of the first blank after them.
 * @param {Direction[]} directions
 * @param {Vocabulary} vocabulary
 * @param {Template} template
 * @param {string[]} words
 * @param {Turns} turns
 */
async function explain([{ reader, isBackward }], vocabulary, template, words, turns) {
  const text = splitWords(filled(template, words)).join(' ')
  const { words: scored } = await scoreText(reader, vocabulary, text, { isBackward, turns, expected: 0 })
  const places = filledPlaces(template, words)
  const first = Math.min(...places)
  let [left, right] = [0, 0]
  scored.forEach(({ surprisal }, place) => {
    if (places.has(place)) left -= surprisal * Math.LN2
    else if (place > first) right -= surprisal * Math.LN2
  })
  return { left, right }
}

/**
 * Return the places of the words that a blank is a part of.
 * @param {Template} template
 * @param {string[]} words
 */
function filledPlaces({ segments }, words) {
  /** @type {Set<number>} */
  const places = new Set()
  let text = ''
  words.forEach((word, number) => {
    text += segments[number]
    const isJoined = text !== '' && !isSpace(text.slice(-1))
    const first = splitWords(text).length - (isJoined ? 1 : 0)
    text += word
    for (let place = first; place < splitWords(text).length; place++) places.add(place)
  })
  return places
}

/** Search for the fillings of one text, blank by blank. */
class FillSearch {
  /**
   * @param {Direction[]} directions
   * @param {Vocabulary} vocabulary
   * @param {Template} template
   * @param {{k: number, turns: Turns}} options
   */
  constructor(directions, vocabulary, template, { k, turns }) {
    this.directions = directions
    this.vocabulary = vocabulary
    this.template = template
    this.tokens = templateFor(vocabulary.tokenizer, template)
    this.k = k
    this.turns = turns
    /** @type {Map<string, Continuations>} */
    this.trees = new Map()
  }

  /** Return all fillings read to the end, best first, and whether those are all there are. */
  async run() {
    /** @type {string[][]} */
    let fillings = [[]]
    /** @type {Ranked[]} */
    let ranked = []
    let isWhole = true
    const last = this.template.blanks.length
    for (let number = 0; number < last; number++) {
      /** @type {string[][]} */
      let grown = []
      let hasAll = true
      for (const filling of fillings) {
        const { words, isAll } = await this.words(filling, fillings.length)
        for (const word of words) grown.push([...filling, word])
        hasAll &&= isAll
      }
      grown = this.fillable(number + 1, grown)
      const keepsAll = hasAll && grown.length <= FEW
      ranked = await this.rank(number + 1, grown, keepsAll)
      fillings = ranked.map(({ words }) => words)
      if (number + 1 < last && !keepsAll) {
        const hasMany = this.template.blanks[number + 1].maxWords > 1
        fillings = fillings.slice(0, Math.max(hasMany ? FEW_CARRIED : BEAM, this.k))
      }
      isWhole &&= hasAll && fillings.length === grown.length
    }
    return { ranked, isWhole }
  }

  /**
   * Return fillings without unknown joined words.
   * @param {number} count blanks that are filled
   * @param {string[][]} fillings
   */
  fillable(count, fillings) {
    const template = firstBlanks(this.template, count)
    const unknown = unknownJoined(this.vocabulary, template, fillings)
    const { prefix } = template.blanks[count - 1]
    const after = template.segments[count]
    const isInside = prefix !== '' && /^[\p{L}\p{N}]/u.test(after)
    return fillings.filter((words, place) =>
      !unknown[place] && !(isInside && words[words.length - 1] === prefix))
  }

  /**
   * Return the candidates for the next blank after a filling of those before it.
   * @param {string[]} filling
   * @param {number} beam fillings carried on
   * @returns {Promise<Found>}
   */
  async words(filling, beam) {
    const number = filling.length
    const blank = this.template.blanks[number]
    const before = filled(firstBlanks(this.tokens, number), filling)
    const after = this.tokens.segments[number + 1]
    const { reader, context } = await this.view(before, after, blank)
    const size = Math.max(Math.floor(SHORTLIST / (beam * (this.vocabulary.isWhole ? 1 : TOKENS))), FEWEST, this.k)
    const carried = Math.floor((Math.floor(SEARCHES / beam) - 1) / Math.max(1, blank.maxWords - 1))
    const proposal = { shortlist: size, beam: Math.min(BEAM, Math.max(1, carried)) }
    const searcher = { reader, vocabulary: this.vocabulary, turns: this.turns }
    const found = await propose(searcher, context, blank, { before, proposal })
    const wanted = Math.min(size, this.vocabulary.size)
    const isAll = blank.maxWords === 1 && this.vocabulary.isWhole &&
      (wanted === this.vocabulary.size || found.size < wanted)
    if (!this.vocabulary.isWhole || blank.maxWords > 1) return { words: [...found.keys()], isAll }
    const joined = joinedWords(this.vocabulary, context.prediction.probs(), blank, { before, after })
    const best = [...joined.keys()].sort((a, b) =>
      /** @type {number} */ (joined.get(b)) - /** @type {number} */ (joined.get(a)) || byCodePoint(a, b))
    return { words: [...new Set([...best.slice(0, SHORTLIST), ...found.keys()])], isAll }
  }

  /**
   * Return the model that proposes words for a blank, and what it has read: both sides where one
   * token is one word.
   * @param {string} before
   * @param {string} after
   * @param {Blank} blank
   */
  async view(before, after, blank) {
    const { tokenizer } = this.vocabulary
    const forward = this.directions.find(({ isBackward }) => !isBackward)?.reader
    const backward = this.directions.find(({ isBackward }) => isBackward)?.reader
    const right = tokenizer.encodeInside(after).slice(0, REACH).reverse()
    if (!forward) {
      const only = /** @type {Reader} */ (backward)
      return { reader: only, context: await only.read(right, this.turns) }
    }
    const here = await forward.read(tokenizer.encode(before), this.turns)
    if (!backward || blank.maxWords > 1 || !this.vocabulary.isWhole) return { reader: forward, context: here }
    const there = await backward.read(right, this.turns)
    return { reader: forward, context: { prediction: product(here, there), state: here.state } }
  }

  /**
   * Read fillings of the first blanks, in rounds that reach further and keep fewer.
   * @param {number} count blanks that are filled
   * @param {string[][]} fillings
   * @param {boolean} keepsAll
   * @returns {Promise<Ranked[]>}
   */
  async rank(count, fillings, keepsAll) {
    if (!fillings.length) return []
    const variants = encodeVariants(this.vocabulary.tokenizer, firstBlanks(this.template, count), fillings)
    variants.right = variants.right.slice(0, REACH)
    let kept = Array.from(fillings.keys())
    for (const [reach, fewest] of keepsAll ? [] : ROUNDS) {
      const keep = Math.max(fewest, 2 * this.k)
      if (kept.length > keep) kept = await this.best(variants, kept, reach, keep)
    }
    const paths = await this.paths(variants, REACH)
    /** @type {Ranked[]} */
    const ranked = []
    for (const row of kept) ranked.push({ words: fillings[row], score: await this.score(paths, row, -Infinity) })
    return ranked.sort((a, b) => b.score - a.score || byCodePoint(a.words.join(' '), b.words.join(' ')))
  }

  /**
   * Return the most probable variants, in their order. A variant is read on only for as long as it
   * may still be among them: what is read of it can make it only less probable.
   * @param {Variants} variants
   * @param {number[]} rows which of them are asked about
   * @param {number} reach tokens beyond the blank that are read
   * @param {number} keep how many are wanted
   */
  async best(variants, rows, reach, keep) {
    const paths = await this.paths(variants, reach)
    const bounds = new Map(rows.map((row) => [row, bound(paths, row)]))
    const order = rows.slice().sort((a, b) => Number(bounds.get(b)) - Number(bounds.get(a)))
    /** @type {{row: number, score: number}[]} */
    const found = []
    for (const row of order) {
      const least = found.length < keep ? -Infinity : found[keep - 1].score
      if (Number(bounds.get(row)) <= least) break
      const score = await this.score(paths, row, least)
      if (score <= least && found.length >= keep) continue
      const place = found.findIndex((other) => other.score < score)
      found.splice(place < 0 ? found.length : place, 0, { row, score })
      found.length = Math.min(found.length, keep)
    }
    return found.map(({ row }) => row).sort((a, b) => a - b)
  }

  /**
   * Return the weighted log-probability of a variant over all models.
   * @param {Path[]} paths
   * @param {number} row
   * @param {number} least where it cannot be more than this, something as low is returned
   */
  async score(paths, row, least) {
    let rest = bound(paths, row)
    for (const { tree, idsOf, weight } of paths) {
      const ids = idsOf(row)
      rest -= weight * tree.known(ids)
      rest += weight * await tree.logProb(ids, this.turns, (least - rest) / weight)
      if (rest <= least) return rest
    }
    return rest
  }

  /**
   * Return for each model the tree of what it reads, and the ids of a variant in its order.
   * @param {Variants} variants
   * @param {number} reach tokens beyond the blank that are read
   * @returns {Promise<Path[]>}
   */
  async paths({ left, middles, right }, reach) {
    /** @type {Path[]} */
    const paths = []
    for (const { reader, isBackward, weight } of this.directions) {
      if (!weight) continue
      const tree = await this.tree(reader, isBackward ? right.toReversed() : left)
      const after = (isBackward ? left.toReversed() : right).slice(0, reach)
      paths.push({ tree, weight, idsOf: (row) =>
        [...(isBackward ? middles[row].toReversed() : middles[row]), ...after] })
    }
    return paths
  }

  /**
   * Return the continuations of ids, read from the beginning of a line.
   * @param {Reader} reader
   * @param {number[]} ids
   */
  async tree(reader, ids) {
    const key = `${this.directions.findIndex((one) => one.reader === reader)} ${ids.join(' ')}`
    let tree = this.trees.get(key)
    if (!tree) {
      tree = new Continuations(reader, await reader.read(ids, this.turns))
      tree.context.prediction.probs() // all at once: each variant asks for its first token
      this.trees.set(key, tree)
    }
    return tree
  }
}

/**
 * Return a log-probability that a variant cannot exceed, by what is known of it.
 * @param {Path[]} paths
 * @param {number} row
 */
function bound(paths, row) {
  return paths.reduce((sum, { tree, idsOf, weight }) => {
    const ids = idsOf(row)
    tree.log(ids[0])
    return sum + weight * tree.known(ids)
  }, 0)
}

/**
 * Return the normalised product of what both sides expect.
 * @param {Context} here
 * @param {Context} there
 */
function product(here, there) {
  const right = there.prediction.probs()
  const probs = here.prediction.probs().map((prob, id) => prob * right[id])
  const total = probs.reduce((sum, prob) => sum + prob, 0)
  const shared = probs.map((prob) => prob / total)
  return { probs: () => shared, probOf: (/** @type {number} */ id) => shared[id], forget: () => {} }
}
