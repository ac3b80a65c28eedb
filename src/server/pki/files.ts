import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { AspisError } from '../../base/errors.ts'

/** Makes a folder that only its owner can enter; an existing one stays as it is. */
function ensurePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** Replaces a file in one step: after a crash the old or the new one is there, whole. */
export function writeWhole(path: string, text: string, mode: 0o600 | 0o644): void {
  ensurePrivateFolder(dirname(path))
  const temporary = `${path}.${process.pid}.new`
  // A mode is given to a new file only, so one left by a crash must go first.
  rmSync(temporary, { force: true })
  const file = openSync(temporary, 'wx', mode)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}

/** The text of a file, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new AspisError('ERR_ASPIS_FILE_UNREADABLE', `${path}: cannot be read: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

/** The text of a file that has to be there. */
export function readNeeded(path: string, what: string): string {
  const text = readIfThere(path)
  if (text === undefined) throw new AspisError('ERR_ASPIS_FILE_MISSING', `${path}: no such file (${what})`)
  return text
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
