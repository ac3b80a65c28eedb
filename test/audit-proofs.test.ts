import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, test } from 'node:test'
import { auditAttacks } from '../src/audit/attacks.ts'
import { LIST_VARIABLE } from './support/audit-family.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-proofs-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Ids of the attacks that a test file tries on both servers. */
async function provenIn(file: string): Promise<readonly string[]> {
  const list = join(folder, basename(file))
  writeFileSync(list, '')
  // It is no part of the run that asks.
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const child = spawn(process.execPath, [file], {
    env: { ...env, [LIST_VARIABLE]: list },
    stdio: 'ignore',
    timeout: 60_000,
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0, file)
  return readFileSync(list, 'utf8').split('\n').filter(Boolean)
}

test('every attack of the list is tried on the weak server and on Aspis by a test', async () => {
  const families = globSync(join(import.meta.dirname, 'e2e/audit-*.test.ts')).filter(file =>
    readFileSync(file, 'utf8').includes('proveAttacks('),
  )
  const proven = new Set((await Promise.all(families.map(provenIn))).flat())
  assert.deepEqual(
    auditAttacks.map(({ id }) => id).filter(id => !proven.has(id)),
    [],
  )
})
