/**
 * Comparison of the engine with the answers that Python gave with the same 8-bit weights: what
 * tests/interop/html/conftest.py writes.
 */

export const TOLERANCE = 1e-3 // of a log-probability
const FIGURES = 2e-3 // of a value of a gate or a vector

/**
 * Return what differs between an engine's answers and those of Python; nothing where all agree.
 * @param {any} engine
 * @param {any} cases
 * @returns {Promise<string[]>}
 */
export async function differences(engine, cases) {
  /** @type {string[]} */
  const found = []
  const note = (/** @type {boolean} */ holds, /** @type {string} */ what) => {
    if (!holds) found.push(what)
  }
  for (const one of cases.texts) await compareText(engine, one, note)
  for (const filling of cases.fillings) await compareFilling(engine, filling, note)
  await compareInside(engine, cases.inside, note)
  return found
}

/** @param {any} engine @param {any} one @param {(holds: boolean, what: string) => void} note */
async function compareText(engine, one, note) {
  const { text } = one
  compareScore(await engine.score(text), one.score, `score of ${text}`, note)
  if (one.alone) compareScore(await engine.score(text, { alone: true }), one.alone, `score alone of ${text}`, note)
  if (one.next) compareWords((await engine.next(text, { k: 5 })).words, one.next, `next after ${text}`, note)
  if (one.complete) {
    compareWords((await engine.complete(one.begun, { k: 5 })).words, one.complete, `completing ${one.begun}`, note)
  }
  if (one.written !== null) {
    const { text: written } = await engine.generate(text, { words: 6, temperature: 0 })
    note(written === one.written, `written after ${text}: ${written} and not ${one.written}`)
  }
}

/** @param {any} mine @param {any} theirs @param {string} what @param {(holds: boolean, what: string) => void} note */
function compareScore(mine, theirs, what, note) {
  note(mine.words.length === theirs.words.length, `${what}: number of words`)
  theirs.words.forEach((/** @type {any} */ word, /** @type {number} */ place) => {
    const own = mine.words[place] ?? {}
    const off = Math.abs(own.surprisal - word.surprisal) * Math.LN2
    note(own.word === word.word && own.unknown === word.unknown, `${what}: ${own.word} and ${word.word}`)
    note(off < TOLERANCE * 4, `${what}: ${word.word} is ${off} off`) // a word may have several tokens
    note(Math.abs(own.entropy - word.entropy) < 5 * TOLERANCE, `${what}: entropy at ${word.word}`)
    note(Math.abs(own.rank - word.rank) <= 1 + word.rank / 100, `${what}: rank of ${word.word}`)
  })
  note(Math.abs(mine.bits - theirs.bits) * Math.LN2 < TOLERANCE * (10 + theirs.words.length), `${what}: bits`)
}

/** @param {any[]} mine @param {any[]} theirs @param {string} what @param {(holds: boolean, what: string) => void} note */
function compareWords(mine, theirs, what, note) {
  note(mine.length === theirs.length, `${what}: ${mine.length} words and not ${theirs.length}`)
  theirs.forEach(({ word, probability }, place) => {
    const own = mine.find((one) => one.word === word)
    const isTie = mine[place] && Math.abs(Math.log(mine[place].probability / probability)) < 2 * TOLERANCE
    if (!own) note(isTie, `${what}: lacks ${word}`)
    else note(Math.abs(Math.log(own.probability / probability)) < 2 * TOLERANCE, `${what}: ${word}`)
  })
}

/** @param {any} engine @param {any} filling @param {(holds: boolean, what: string) => void} note */
async function compareFilling(engine, filling, note) {
  const what = `filling ${filling.text}`
  const mine = await engine.fill(filling.text, { k: 3 })
  note(Math.abs(mine.candidates - filling.candidates) <= 1, `${what}: ${mine.candidates} and not ${filling.candidates}`)
  note(mine.exact === filling.exact, `${what}: exact`)
  const asWords = (/** @type {any[]} */ all) => all.map(({ text, probability }) => ({ word: text, probability }))
  compareWords(asWords(mine.fillings), asWords(filling.fillings), what, note)
}

/** @param {any} engine @param {any} inside @param {(holds: boolean, what: string) => void} note */
async function compareInside(engine, inside, note) {
  const trace = await engine.trace(inside.text)
  inside.trace.layers.forEach((/** @type {any} */ layer, /** @type {number} */ depth) => {
    const own = trace.layers[depth]
    const parts = { ...layer.gates, candidate: layer.candidate, cell: layer.cell, hidden: layer.hidden }
    for (const [name, rows] of Object.entries(parts)) {
      const values = own.gates[name] ?? own[name]
      note(close(values, rows.flat()), `${name} of layer ${depth + 1}`)
    }
  })
  const effect = await engine.force(inside.text, { forces: inside.forces, k: 4 })
  compareWords(effect.words, inside.effect.after, 'forced words', note)
  compareWords(effect.unforced, inside.effect.before, 'unforced words', note)
  const map = await engine.vectors({ count: 12 })
  note(close(map.three, inside.map.points.flat()), 'map of words')
  note(close(map.two, inside.map.points.flatMap((/** @type {number[]} */ p) => p.slice(0, 2))), 'flat map of words')
  if (!inside.words) return
  const near = await engine.neighbours(inside.words[0], { k: 4 })
  note(close(near.words.map((/** @type {any} */ one) => one.similarity), inside.near.map((/** @type {any} */ one) => one.similarity)), 'neighbours')
  const like = await engine.analogy(inside.words, { k: 4 })
  note(close(like.words.map((/** @type {any} */ one) => one.similarity), inside.analogy.map((/** @type {any} */ one) => one.similarity)), 'analogy')
}

/** @param {ArrayLike<number>} mine @param {number[]} theirs */
function close(mine, theirs) {
  return mine?.length === theirs.length && theirs.every((value, i) => Math.abs(mine[i] - value) < FIGURES)
}
