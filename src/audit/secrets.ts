import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { failed, ok, type Result } from '../base/result.ts'

/** Where `env:` and `file:` look. */
export interface SecretPlaces {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Paths that are relative start here. */
  readonly folder: string
}

/** A secret as it is written: itself, `env:NAME`, or `file:PATH` (its first line). The failure is a sentence. */
export function readSecret(written: string, { environment, folder }: SecretPlaces): Result<string, string> {
  if (written.startsWith('env:')) {
    const name = written.slice(4)
    const value = environment[name]
    if (value === undefined || value === '') return failed(`the environment has no ${name}`)
    return ok(value)
  }
  if (!written.startsWith('file:')) return ok(written)
  const read = readText(written.slice(5), folder)
  if (!read.ok) return read
  const [line = ''] = read.value.split(/\r?\n/, 1)
  return line === '' ? failed(`${written.slice(5)} has an empty first line`) : ok(line)
}

/** The text of a file; the failure is a sentence. */
export function readText(path: string, folder: string): Result<string, string> {
  try {
    return ok(readFileSync(resolve(folder, path), 'utf8'))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return failed(code === 'ENOENT' ? `${path}: no such file` : `${path}: cannot be read (${code})`)
  }
}
