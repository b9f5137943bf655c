import assert from 'node:assert/strict'
import test from 'node:test'
import { Workspace } from '../../../lmkit/serve/static/engine/products.js'
import { randomFrom } from '../../../lmkit/serve/static/engine/sampling.js'
import { BlobMaker, isClose, slowProduct } from './tiny.js'

/** @param {number} rows @param {number} columns @param {boolean} plain */
function matrixOf(rows, columns, plain) {
  const maker = new BlobMaker()
  maker.matrix('w', rows, columns, randomFrom(rows * 1000 + columns))
  return new Workspace(maker.blob({}), { plain }).matrix('w')
}

for (const plain of [false, true]) {
  const way = plain ? 'plain JavaScript' : 'the kernel'

  test(`a product is that of the slow way, by ${way}`, () => {
    for (const [rows, columns] of [[1, 1], [3, 16], [5, 17], [40, 100], [2, 512]]) {
      const matrix = matrixOf(rows, columns, plain)
      const random = randomFrom(7)
      const x = Float32Array.from({ length: columns }, () => 4 * random() - 2)
      const out = Float32Array.from({ length: rows }, (_, row) => row)
      matrix.addTo(out, x, 0.5)
      const expected = slowProduct(matrix, x).map((sum, row) => row + sum / 2)
      assert.ok(isClose(out, expected, 2e-4), `${rows} x ${columns}`)
    }
  })

  test(`a vector of zeros adds nothing, by ${way}`, () => {
    const out = Float32Array.of(1, 2, 3)
    matrixOf(3, 20, plain).addTo(out, new Float32Array(20))
    assert.deepEqual(out, Float32Array.of(1, 2, 3))
  })

  test(`exponentials and their sum are those of Math.exp, by ${way}`, () => {
    const { space } = matrixOf(37, 3, plain)
    const logits = space.out.subarray(0, 37)
    for (let i = 0; i < 37; i++) logits[i] = 20 - i * 1.7
    const expected = Array.from(logits, (logit) => Math.exp(logit - 20))
    const sum = space.exponentials(logits)
    assert.ok(Math.abs(sum / expected.reduce((all, one) => all + one) - 1) < 1e-6)
    assert.ok(expected.every((value, i) => Math.abs(logits[i] / value - 1) < 3e-6))
  })

  test(`squashing is the logistic function and the hyperbolic tangent, by ${way}`, () => {
    const { space } = matrixOf(40, 3, plain)
    const values = Float32Array.from({ length: 37 }, (_, i) => (i - 18) * 0.9)
    const logistic = values.slice()
    space.squash(logistic, 'logistic')
    assert.ok(isClose(logistic, values.map((x) => 1 / (1 + Math.exp(-x))), 2e-7))
    const tangent = values.slice()
    space.squash(tangent, 'tanh')
    assert.ok(isClose(tangent, values.map(Math.tanh), 2e-7))
  })

  test(`squashing what is far out neither overflows nor is no number, by ${way}`, () => {
    const { space } = matrixOf(40, 3, plain)
    const values = Float32Array.of(-1e9, -200, 200, 1e9)
    space.squash(values, 'logistic')
    assert.ok(isClose(values, [0, 0, 1, 1], 1e-30))
  })
}

test('the widest layer that is exported cannot overflow its sums', () => {
  const maker = new BlobMaker()
  maker.add('w.values', new Int8Array(4096).fill(127), [1, 4096])
  maker.add('w.steps', Float32Array.of(1))
  const out = new Float32Array(1)
  new Workspace(maker.blob({})).matrix('w').addTo(out, new Float32Array(4096).fill(1))
  assert.ok(Math.abs(out[0] / (127 * 4096) - 1) < 1e-6)
})

test('matrices that are stored once are held once', () => {
  const maker = new BlobMaker()
  maker.matrix('a', 4, 20, randomFrom(1))
  const blob = maker.blob({})
  for (const part of ['values', 'steps']) blob.header.arrays[`b.${part}`] = blob.header.arrays[`a.${part}`]
  const space = new Workspace(blob)
  assert.equal(space.matrix('a'), space.matrix('b'))
})
