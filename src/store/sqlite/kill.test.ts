import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NOW_MS, temporaryFolder, withStore } from '../../../test/support/stores.ts'

const VICTIM = fileURLToPath(new URL('../../../test/support/store-victim.ts', import.meta.url))
const ROUNDS = 3
const CHANGES = 4000

it('kill -9 at any moment loses no acknowledged binding', async () => {
  const folder = temporaryFolder()
  try {
    const acknowledged = new Map<string, number>()
    let next = 1
    for (let round = 0; round < ROUNDS; round++) {
      await registerUntilKilled(folder, next, acknowledged)
      next = Math.max(...acknowledged.values()) + 1
      await checkAll(folder, acknowledged)
    }
    assert.equal(acknowledged.size, 200)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

async function registerUntilKilled(
  folder: string,
  first: number,
  acknowledged: Map<string, number>,
): Promise<void> {
  const victim = spawn(process.execPath, [VICTIM, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let lines = 0
  for await (const line of createInterface({ input: victim.stdout })) {
    const [aor = '', cseq = ''] = line.split(' ')
    acknowledged.set(aor, Number(cseq))
    lines += 1
    if (lines === CHANGES) victim.kill('SIGKILL')
  }
  assert.ok(lines >= CHANGES, `the victim died by itself after ${lines} changes`)
}

/** A change that was written but not yet acknowledged may be there; an older one may not. */
async function checkAll(folder: string, acknowledged: ReadonlyMap<string, number>): Promise<void> {
  await withStore({ kind: 'sqlite', folder }, async ({ location }) => {
    for (const [aor, cseq] of acknowledged) {
      const there = location.bindings(aor, NOW_MS).map(each => each.cseq)
      const hasThis = cseq % 5 === 0 ? there.length === 0 : there.length === 2 && there.every(n => n === cseq)
      const next = cseq + 1
      const hasNext = next % 5 === 0 ? there.length === 0 : there.length === 2 && there.every(n => n === next)
      assert.ok(hasThis || hasNext, `${aor}: acknowledged ${cseq}, found ${JSON.stringify(there)}`)
    }
  })
}
