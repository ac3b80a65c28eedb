import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeNewFiles } from './new-files.ts'

test('files are written where they are wanted, secrets for their owner alone, and never over others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-new-'))
  const path = join(folder, 'a', 'x.key')
  writeNewFiles([[path, 'secret', true]])
  assert.equal(readFileSync(path, 'utf8'), 'secret')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.throws(() => writeNewFiles([[path, 'other']]), { code: 'ERR_ASPIS_USAGE_OUT' })
  assert.throws(() => writeNewFiles([[join(path, 'y'), 'other']]), { code: 'ERR_ASPIS_USAGE_OUT' })
  rmSync(folder, { recursive: true })
})
