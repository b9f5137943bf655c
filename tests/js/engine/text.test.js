import assert from 'node:assert/strict'
import test from 'node:test'
import { filled, parseBlanks } from '../../../lmkit/serve/static/engine/blanks.js'
import { placeAfter, splitBegun } from '../../../lmkit/serve/static/engine/next_words.js'
import { normalise, openLine, split, splitWords } from '../../../lmkit/serve/static/engine/normalise.js'
import { Tokenizer } from '../../../lmkit/serve/static/engine/tokenizer.js'
import { BYTES, bytePairs, cutter, unigramPieces } from '../../../lmkit/serve/static/engine/units.js'
import { withKnownVariants } from '../../../lmkit/serve/static/engine/unknown_words.js'
import { byCodePoint, endsInLetter, isPunctuation, Vocabulary } from '../../../lmkit/serve/static/engine/vocabulary.js'
import { isWritable } from '../../../lmkit/serve/static/engine/writable.js'
import { tinyBlob, WORDS } from './tiny.js'

const RULES = { lowercase: false, straight_quotes: true }
const blob = tinyBlob()
const tokenizer = new Tokenizer(blob)
const vocabulary = new Vocabulary(tokenizer, /** @type {Uint8Array} */ (blob.array('flags')))

test('white space of any kind is one space, and none at the ends of a line', () => {
  assert.equal(normalise('  a\t\u00a0b\u2003 c \n\u3000d\x1f', RULES), 'a b c\nd')
})

test('line ends, control characters, marks of order and lone surrogates are cleaned', () => {
  assert.equal(normalise('a\r\nb\rc\0d\uFEFFe\uD800f\x85g', RULES), 'a\nb\nc d' + 'e\uFFFDf g')
})

test('characters are composed, quotation marks straight, capitals kept', () => {
  assert.equal(normalise('Cafe\u0301 “it’s”', RULES), 'Café "it\'s"')
  assert.equal(normalise('“A’', { lowercase: true, straight_quotes: false }), '“a’')
})

test('normalising twice is normalising once', () => {
  for (const text of ['A\u00a0 B', '“x”\r\n y', 'e\u0301\u200d😀', '\uD83D']) {
    const once = normalise(text, RULES)
    assert.equal(normalise(once, RULES), once)
  }
})

test('words stand between white space', () => {
  assert.deepEqual(split(' a  b\n'), ['a', 'b'])
  assert.deepEqual(splitWords('The “cat”,\tsat'), ['The', '“cat”,', 'sat'])
  assert.deepEqual(splitWords(''), [])
})

test('a line begins with the space that words carry, but not where scripts have none', () => {
  assert.equal(openLine('the'), ' the')
  assert.equal(openLine(''), '')
  assert.equal(openLine('日本'), '日本')
})

test('punctuation is cut off, and words with marks inside are one', () => {
  const cut = cutter('word', 'punctuation')
  assert.deepEqual(cut(" it's well-known, 3,000.5 -- no..."), [" it's", ' well-known', ',', ' 3,000.5', ' --', ' no', '...'])
  assert.deepEqual(cut('日本 <unk>👍🏽'), ['日', '本', ' <unk>', '👍🏽'])
})

test('every other way of cutting gives back the text', () => {
  const text = " It's 日本 2024!\n 👍🏽  x_y"
  for (const [unit, way] of [['word', 'spaces'], ['word', 'punctuation'], ['char', ''], ['bpe', '']]) {
    assert.equal(cutter(unit, way)(text).join(''), text)
  }
})

test('the alphabet of bytes has a character for each', () => {
  assert.equal(new Set(BYTES).size, 256)
  assert.equal(BYTES[0x41], 'A')
  assert.equal(BYTES[0x20], 'Ġ')
})

test('the best pair is merged first', () => {
  const numbers = new Map(['a', 'b', 'c', 'bc', 'ab', 'abc'].map((name, id) => [name, id]))
  const merge = bytePairs(numbers, [1, 2, 3, 0, 1, 4, 0, 3, 5])
  assert.deepEqual(merge('abc'), [5])
  assert.deepEqual(merge('abab'), [4, 4])
  assert.deepEqual(merge(''), [])
})

test('the pieces with the largest score together are taken', () => {
  const numbers = new Map(['a', 'b', 'ab', 'ba'].map((name, id) => [name, id]))
  const cut = unigramPieces(numbers, [-2, -2, -3, -1])
  assert.deepEqual(cut('aba'), [0, 3])
  assert.deepEqual(cut('ab'), [2])
})

test('ids and texts turn into each other', () => {
  const ids = tokenizer.encode('the cat sat.')
  assert.deepEqual(ids.map((id) => WORDS[id]), [' the', ' cat', ' sat', '.'])
  assert.equal(tokenizer.decode(ids), 'the cat sat.')
  assert.deepEqual(tokenizer.encodeWords('the cat sat.'), [[2], [3], [5, 7]])
  assert.deepEqual(tokenizer.encodeInside('.'), [7])
  assert.deepEqual(tokenizer.encode('zebra'), [0])
  assert.equal(tokenizer.knows('zebra'), false)
})

test('an unknown word is read as a known one that differs in its case alone', () => {
  assert.equal(withKnownVariants(tokenizer, 'the CAT Sat'), 'the cat sat')
  assert.equal(withKnownVariants(tokenizer, 'Cat zebra ___'), 'Cat zebra ___')
})

test('tokens are found by their beginning', () => {
  assert.deepEqual(vocabulary.beginningWith(' c').map((id) => WORDS[id]), [' cat'])
  assert.deepEqual(vocabulary.begunBy(' catch').map((id) => WORDS[id]), [' cat'])
  assert.equal(vocabulary.beginningWith(' x').length, 0)
  assert.deepEqual(vocabulary.twins, [[7, 8]])
})

test('texts are ordered by code points', () => {
  assert.ok(byCodePoint('\uFF66', '😀') < 0)
  assert.ok(byCodePoint('a', 'ab') < 0)
  assert.equal(byCodePoint('文', '文'), 0)
})

test('letters and marks are told from each other', () => {
  assert.ok(endsInLetter('the cat '))
  assert.ok(!endsInLetter('the cat.') && !endsInLetter('日本') && !endsInLetter(''))
  assert.ok(isPunctuation('..,') && !isPunctuation('a.') && !isPunctuation(''))
})

test('a text is cut before the word that it ends in', () => {
  assert.deepEqual(splitBegun('the c'), { before: 'the ', prefix: 'c', place: 'spaced' })
  assert.deepEqual(splitBegun('the "c'), { before: 'the "', prefix: 'c', place: 'glued' })
  assert.deepEqual(splitBegun('the '), { before: 'the ', prefix: '', place: 'anywhere' })
  assert.equal(placeAfter('x\n'), 'line start')
})

test('blanks are found with the beginnings of their words', () => {
  const template = parseBlanks('the ___ sat on ma____+.')
  assert.deepEqual(template.segments, ['the ', ' sat on ', '.'])
  assert.deepEqual(template.blanks, [{ prefix: '', maxWords: 1 }, { prefix: 'ma', maxWords: 3 }])
  assert.equal(filled(template, ['cat', 'mats']), 'the cat sat on mats.')
  assert.throws(() => parseBlanks('no blank'), /write ___/)
  assert.throws(() => parseBlanks('___ '.repeat(101)), /100 blanks/)
})

test('a token that would be read as a part of the word before is not written', () => {
  const [cat, s, mark] = [3, 10, 7]
  assert.equal(isWritable(vocabulary, [2, cat], s), false)
  assert.equal(isWritable(vocabulary, [2, cat], mark), true)
  assert.equal(isWritable(vocabulary, [2], cat), true)
  assert.equal(isWritable(vocabulary, [], s), true)
})
