/**
 * The engine answers as Python does from the same 8-bit weights. tests/interop/html/test_equality.py
 * writes the cases and names their folder in LMKIT_PAGE_CASES.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { readBytes } from '../../../lmkit/serve/static/engine/blob.js'
import { BrowserEngine } from '../../../lmkit/serve/static/engine/browser_engine.js'
import { differences } from './cases.js'

const folder = process.env.LMKIT_PAGE_CASES
const names = folder ? readdirSync(folder).filter((name) => name.endsWith('.blob')) : []

test('there are cases to compare', { skip: folder ? false : 'LMKIT_PAGE_CASES names no folder' }, () => {
  assert.ok(names.length > 0)
})

for (const name of names) {
  const path = join(/** @type {string} */ (folder), name)
  const cases = JSON.parse(readFileSync(path.replace('.blob', '.json'), 'utf-8'))
  for (const plain of [false, true]) {
    const way = plain ? 'plain JavaScript' : 'the kernel'
    const asked = plain ? { ...cases, texts: cases.texts.slice(0, 12) } : cases

    test(`${name} answers as Python does, by ${way}`, async () => {
      const engine = new BrowserEngine(() => readBytes(readFileSync(path)), { plain })
      assert.equal((await engine.model()).network.space.kernel === null, plain)
      assert.deepEqual(await differences(engine, asked), [])
    })

    test(`${name} cuts texts as Python does, by ${way}`, async () => {
      const engine = new BrowserEngine(() => readBytes(readFileSync(path)), { plain })
      const { tokenizer } = await engine.model()
      for (const { text, ids, inside } of cases.texts) {
        assert.deepEqual(tokenizer.encode(text), ids, text)
        assert.deepEqual(tokenizer.encodeInside(text), inside, text)
      }
    })
  }
}
