import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AspisError } from '../base/errors.ts'

/** Held while a server runs on a data folder. */
export interface FolderLock {
  release(): void
}

/**
 * Keeps a second server off the data folder: each would answer from its own memory, and a credential used at one could
 * be used again at the other. The lock is one that the system takes back when the process ends, however it ends.
 * @throws AspisError `ERR_ASPIS_FOLDER_IN_USE`, naming the process that holds it
 */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const holder = join(folder, 'serve.pid')
  const lock = new DatabaseSync(join(folder, 'serve.lock'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    const pid = existsSync(holder) ? readFileSync(holder, 'utf8').trim() : ''
    const who = /^\d+$/.test(pid) ? ` (process ${pid})` : ''
    throw new AspisError(
      'ERR_ASPIS_FOLDER_IN_USE',
      `${folder}: another server runs on this data folder${who}; stop it, or give this one a folder of its own`,
      { cause },
    )
  }
  writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 })
  return { release: () => lock.close() }
}
