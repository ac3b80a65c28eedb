import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeOf } from './node-number.ts'

test('a node keeps its number; another text in its place is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-node-'))
  try {
    const node = nodeOf(folder)
    assert.ok(Number.isInteger(node) && node >= 0 && node <= 255)
    assert.equal(nodeOf(folder), node)
    for (const text of ['256', '-1', 'x', '']) {
      writeFileSync(join(folder, 'node'), text)
      assert.throws(() => nodeOf(folder), { code: 'ERR_ASPIS_NODE' })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
