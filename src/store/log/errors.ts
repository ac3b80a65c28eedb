import { AspisError } from '../../base/errors.ts'

/** Names what the file system said, with the file and what to do. */
export function logError(path: string, error: unknown): AspisError {
  if (error instanceof AspisError) return error
  const what = error instanceof Error ? error.message : String(error)
  const isFull = isCoded(error) && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
  const message = isFull ? 'the disk is full; free some space' : what
  return new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', `${path}: ${message}`, { cause: error })
}

/** A file whose bindings must not be used, and the way back. */
export function damagedError(path: string, offset: number): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_CORRUPT',
    `${path}: the stored bindings are damaged at octet ${offset}; restore a backup of the folder, ` +
      'or empty it to begin without bindings',
  )
}

/** A file is missing in the row of numbers. */
export function gapError(path: string): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_MISSING',
    `${path}: this file of the stored bindings is gone; restore a backup of the folder, ` +
      'or empty it to begin without bindings',
  )
}

/** The whole folder is missing where there was one. */
export function lostError(folder: string): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_MISSING',
    `${folder}: the folder of the stored bindings is gone; restore a backup, or make it, empty and open to its ` +
      'owner alone, to begin without bindings',
  )
}

export function foreignError(path: string): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_FOREIGN',
    `${path}: these bindings belong to another database; restore the folder that belongs to this one, ` +
      'or empty it to begin without bindings',
  )
}

export function newerError(path: string): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_NEWER',
    `${path}: its layout is newer than this program knows; update Aspis`,
  )
}

function isCoded(error: unknown): error is { readonly code: string } {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
}
