import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { AspisError } from '../base/errors.ts'

/** A file that is not there yet: path, text, and whether it is for its owner alone. */
export type NewFile = readonly [path: string, text: string, isSecret?: boolean]

/**
 * Writes files, and the folders that they lie in; none is overwritten.
 * @throws AspisError when one cannot be written
 */
export function writeNewFiles(files: readonly NewFile[]): void {
  for (const [path, text, isSecret = false] of files) {
    try {
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text, { mode: isSecret ? 0o600 : 0o644, flag: 'wx' })
    } catch (cause) {
      const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
      throw new AspisError('ERR_ASPIS_USAGE_OUT', `${path}: cannot be written (${why})`, { cause })
    }
  }
}
