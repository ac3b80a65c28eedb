import assert from 'node:assert/strict'
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { temporaryFolder } from '../../test/support/stores.ts'
import { openKeyFile } from './seal.ts'

it('the key is made in a folder that is not there yet, both for their owner only', () => {
  const root = temporaryFolder()
  try {
    const folder = join(root, 'data')
    const path = join(folder, 'secrets.key')
    assert.throws(() => openKeyFile(path, false), { code: 'ERR_ASPIS_STORE_KEY' })
    const sealed = openKeyFile(path, true).close('a', 'text')
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(openKeyFile(path, false).open('a', sealed), 'text')
  } finally {
    rmSync(root, { recursive: true })
  }
})
