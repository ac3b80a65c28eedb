import { AspisError } from '../../base/errors.ts'

const CORRUPT = 11
const NOT_A_DATABASE = 26
const FULL = 13

/** Names what SQLite or the file system said, with the file and what to do. */
export function storeError(path: string, error: unknown): AspisError {
  if (error instanceof AspisError) return error
  const code = sqliteCode(error)
  const what = error instanceof Error ? error.message : String(error)
  if (code === CORRUPT || code === NOT_A_DATABASE) return corruptError(path, what)
  if (isDiskFull(error)) {
    return new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', `${path}: the disk is full; free some space`, {
      cause: error,
    })
  }
  return new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', `${path}: ${what}`, { cause: error })
}

/** A database file that must not be used, and the way back. */
export function corruptError(path: string, what: string): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_CORRUPT',
    `${path}: the database is damaged (${what.replaceAll('\n', ' ')}); restore a backup of the file or run: aspis doctor`,
  )
}

/** Whether SQLite found no room; it then keeps the transaction open or rolls it back, and stays usable. */
export function isDiskFull(error: unknown): boolean {
  return sqliteCode(error) === FULL
}

/** The primary result code of SQLite, or 0 when the error is not from there. */
function sqliteCode(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return 0
  return typeof error.errcode === 'number' ? error.errcode & 0xff : 0
}
