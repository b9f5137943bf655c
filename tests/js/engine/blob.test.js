import assert from 'node:assert/strict'
import test from 'node:test'
import { readBase64, readBytes } from '../../../lmkit/serve/static/engine/blob.js'
import { BlobMaker } from './tiny.js'

const maker = new BlobMaker()
maker.add('bytes', Int8Array.of(-1, 2, 127), [3, 1])
maker.add('steps', Float32Array.of(0.5, 1.5))
maker.add('none', new Uint16Array(0))
const bytes = maker.bytes({ id: 'é 文' })

test('what was written is read from bytes', async () => {
  const blob = await readBytes(bytes)
  assert.equal(blob.header.id, 'é 文')
  assert.deepEqual(blob.array('bytes'), Int8Array.of(-1, 2, 127))
  assert.deepEqual(blob.array('steps'), Float32Array.of(0.5, 1.5))
  assert.equal(blob.array('none').length, 0)
})

test('base64 is read with white space around it, and pauses are taken', async () => {
  let pauses = 0
  const blob = await readBase64(`\n${bytes.toString('base64')}\n`, async () => { pauses += 1 })
  assert.deepEqual(blob.array('bytes'), Int8Array.of(-1, 2, 127))
  assert.ok(pauses > 0)
})

test('base64 of every length is read', async () => {
  for (const id of ['', 'a', 'ab', 'abc']) {
    const text = new BlobMaker().bytes({ id }).toString('base64')
    assert.equal((await readBase64(text)).header.id, id)
  }
})

test('an array that is not there is told', async () => {
  const blob = await readBytes(bytes)
  assert.equal(blob.has('other'), false)
  assert.throws(() => blob.array('other'), /has no other/)
})

test('a newer format is refused', async () => {
  await assert.rejects(readBytes(new BlobMaker().bytes({ format: 2 })), /newer format/)
})

test('a damaged file is refused', async () => {
  await assert.rejects(readBytes(bytes.subarray(0, 40)))
})

test('an array of another type is refused', async () => {
  const strange = await readBytes(new BlobMaker().bytes({}))
  strange.header.arrays.odd = { type: 'float16', shape: [0], offset: 0 }
  assert.throws(() => strange.array('odd'), /float16/)
})
