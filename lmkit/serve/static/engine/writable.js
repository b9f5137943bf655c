/**
 * Tokens that may be written after others, so that a text reads back as the tokens it was made of.
 * The same as lmkit/inference/writable.py.
 */

/** @typedef {import('./vocabulary.js').Vocabulary} Vocabulary */

const BLANK = '___'
const PART = '\uFFFD'

/**
 * Return whether a token may be written.
 * @param {Vocabulary} vocabulary
 * @param {number[]} before ids of the text so far
 * @param {number} token
 */
export function isWritable(vocabulary, before, token) {
  const { texts } = vocabulary
  const text = texts[token]
  if (text.includes('_') && makesBlank(texts, before, text)) return false
  const last = before[before.length - 1]
  if (!before.length || !text || ' \n'.includes(text[0]) || texts[last].endsWith('\n')) return true
  const run = vocabulary.isWhole ? lastRun(texts, before) : metLetters(vocabulary, last, token)
  return !run.length || isCutSo(vocabulary, run, token)
}

/**
 * @param {string[]} texts
 * @param {number[]} before
 * @param {string} text
 */
function makesBlank(texts, before, text) {
  let joined = text
  for (let place = before.length - 1; place >= 0; place--) {
    const own = texts[before[place]]
    joined = own + joined
    if (/[^_]/u.test(own)) break
  }
  return text.includes(BLANK) || joined.slice(-(text.length + BLANK.length - 1)).includes(BLANK)
}

/**
 * Return the last tokens that no space parts.
 * @param {string[]} texts
 * @param {number[]} before
 */
function lastRun(texts, before) {
  let start = before.length - 1
  while (start && !['', ' ', '\n'].includes(texts[before[start]].slice(0, 1))) start--
  if (texts[before[start]] === '\n') start++
  return before.slice(start)
}

/**
 * Return the last token of a subword vocabulary where letters meet; else nothing.
 * @param {Vocabulary} vocabulary
 * @param {number} last
 * @param {number} token
 */
function metLetters(vocabulary, last, token) {
  const [left, right] = [vocabulary.texts[last], vocabulary.texts[token]]
  const isMet = /[\p{L}\p{M}]$/u.test(left) && /^[\p{L}\p{M}]/u.test(right)
  const isWhole = !left.includes(PART) && !right.includes(PART)
  return isMet && isWhole && vocabulary.tokenizer.unit !== 'char' ? [last] : []
}

/**
 * Return whether the tokenizer cuts the text of a run and a token before the token.
 * @param {Vocabulary} vocabulary
 * @param {number[]} run
 * @param {number} token
 */
function isCutSo({ tokenizer, texts }, run, token) {
  const before = run.map((id) => texts[id]).join('')
  const cut = tokenizer.encodeInside(before + texts[token])
  const wanted = [...tokenizer.encodeInside(before), token]
  return cut.length === wanted.length && cut.every((id, place) => id === wanted[place])
}
