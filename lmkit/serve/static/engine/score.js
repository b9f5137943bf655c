/**
 * Surprisal of the words of a text, in bits, with rank and entropy: the same as
 * lmkit/inference/score.py. Rank and entropy are those of the first token of a word.
 */
import { splitWords } from './normalise.js'

/** @typedef {import('./context.js').Reader} Reader */
/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */
/** @typedef {import('./turns.js').Turns} Turns */
/** @typedef {import('./network.js').Prediction} Prediction */
/** @typedef {{word: string, probability: number}} Guess */
/** @typedef {{id: number, surprisal: number, rank: number, entropy: number, best: Guess[]}} Measures */
/** @typedef {import('../engine.js').ScoredWord} ScoredWord */

const MOST_BITS = 1e6 // of one token, so that every sum is finite

/**
 * Score a line.
 * @param {Reader} reader
 * @param {Vocabulary} vocabulary
 * @param {string} text
 * @param {{isBackward: boolean, turns: Turns, expected: number}} options expected: how many words
 *   are named in the place of each
 */
export async function scoreText(reader, vocabulary, text, { isBackward, turns, expected }) {
  const { tokenizer } = vocabulary
  const tokens = tokenizer.encodeWords(text)
  const ids = tokens.flat()
  if (isBackward) ids.reverse()
  /** @type {Measures[]} */
  const measures = []
  for await (const { prediction } of reader.readAll(ids, turns)) {
    const place = measures.length
    if (place === ids.length) break
    measures.push(measured(vocabulary, prediction, ids[place], expected))
    prediction.forget() // of a long text, all probabilities would take much memory
    await turns.pause()
  }
  if (isBackward) measures.reverse()
  let start = 0
  /** @type {ScoredWord[]} */
  const words = splitWords(text).map((word, place) => {
    const own = measures.slice(start, start += tokens[place].length)
    const surprisal = own.reduce((sum, one) => sum + one.surprisal, 0)
    const { rank, entropy } = own[0]
    const isUnknown = tokenizer.unknownId !== null && tokens[place].includes(tokenizer.unknownId)
    const scored = { word, surprisal, rank, entropy, unknown: isUnknown }
    return expected ? { ...scored, expected: own[0].best.slice(0, expected) } : scored
  })
  const bits = words.reduce((sum, word) => sum + word.surprisal, 0)
  return { text, words, bits, perplexity: words.length ? 2 ** (bits / words.length) : 1 }
}

/**
 * Return the most probable tokens as words.
 * @param {Vocabulary} vocabulary
 * @param {Float64Array} probs
 * @param {number} k
 * @param {(id: number) => boolean} isShown
 */
export function bestTokens(vocabulary, probs, k, isShown) {
  /** @type {{word: string, probability: number}[]} */
  const best = []
  for (let id = 0; id < probs.length; id++) {
    if (!isShown(id) || (best.length === k && probs[id] <= best[k - 1].probability)) continue
    const text = vocabulary.texts[id]
    const place = best.findIndex(({ probability }) => probability < probs[id])
    best.splice(place < 0 ? best.length : place, 0, { word: text.trim() || text, probability: probs[id] })
    if (best.length > k) best.pop()
  }
  return best
}

/** @type {WeakMap<Prediction, Measures>} */
const KNOWN = new WeakMap() // so that a key that adds a word measures that word alone

/**
 * Return the measures of a token where a prediction was made; those made before are quick.
 * @param {Vocabulary} vocabulary
 * @param {Prediction} prediction
 * @param {number} id the token that came
 * @param {number} expected how many words are named in its place
 */
function measured(vocabulary, prediction, id, expected) {
  const known = KNOWN.get(prediction)
  if (known && known.id === id && known.best.length >= expected) return known
  const probs = prediction.probs()
  const isShown = (/** @type {number} */ other) => vocabulary.shown[other] === 1
  const best = expected ? bestTokens(vocabulary, probs, expected, isShown) : []
  const measures = { ...measure(probs, id), id, best }
  KNOWN.set(prediction, measures)
  return measures
}

/**
 * @param {Float64Array} probs
 * @param {number} id the token that came
 */
function measure(probs, id) {
  const own = probs[id]
  let [above, entropy] = [0, 0]
  for (let other = 0; other < probs.length; other++) {
    const prob = probs[other]
    if (prob > own) above += 1
    if (prob > 0) entropy -= prob * Math.log2(prob)
  }
  const surprisal = Math.min(MOST_BITS, Math.max(0, -Math.log2(own)))
  return { surprisal, rank: above + 1, entropy: Math.max(0, entropy) }
}
