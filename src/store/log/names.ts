import { readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileKind } from './format.ts'

/** A file of the log by its name. */
export interface LogName {
  readonly kind: FileKind
  readonly sequence: number
  readonly path: string
}

const NAME = /^(\d{8})\.(log|snapshot)$/
const DIGITS = 8
/** Being written: removed by whoever finds it at a start. */
export const UNFINISHED = '.new'

export function pathOf(folder: string, kind: FileKind, sequence: number): string {
  return join(folder, `${String(sequence).padStart(DIGITS, '0')}.${kind}`)
}

/** Files of a log folder in the order of their numbers, and those that were never finished. */
export function listFolder(folder: string): {
  readonly files: readonly LogName[]
  readonly unfinished: readonly string[]
} {
  const files: LogName[] = []
  const unfinished: string[] = []
  for (const name of readdirSync(folder)) {
    const [, digits, kind] = NAME.exec(name) ?? []
    if (name.endsWith(UNFINISHED)) unfinished.push(join(folder, name))
    if (digits === undefined || (kind !== 'log' && kind !== 'snapshot')) continue
    files.push({ kind, sequence: Number(digits), path: join(folder, name) })
  }
  return { files: files.sort((a, b) => a.sequence - b.sequence), unfinished }
}

/** Makes new and gone names in a folder survive a power loss. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
