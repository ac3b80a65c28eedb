import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockFolder } from './folder-lock.ts'

const LOCK = `import { lockFolder } from ${JSON.stringify(new URL('folder-lock.ts', import.meta.url).href)}
try { lockFolder(process.argv[1]); console.log('locked') } catch (error) { console.log(error.code, error.message) }
process.kill(process.pid, 'SIGKILL')`

/** What another process says when it locks the folder, and then dies without a farewell. */
function otherProcess(folder: string): string {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', LOCK, folder]
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout
}

test('two servers never run on one data folder; a server that was killed holds nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-lock-'))
  try {
    assert.match(otherProcess(folder), /^locked/)
    const lock = lockFolder(folder)
    const refused = otherProcess(folder)
    assert.match(refused, /^ERR_ASPIS_FOLDER_IN_USE/)
    assert.ok(refused.includes(`process ${process.pid}`), refused)
    lock.release()
    assert.match(otherProcess(folder), /^locked/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
