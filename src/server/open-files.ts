import { readFileSync } from 'node:fs'

/** What is open beside connections: listeners, database and its threads, look-ups, pages of the admin interface. */
const MIN_OTHER_FILES = 64

/** The process's limit of open files; undefined where there is none, or the system does not tell. */
export function openFileLimit(): number | undefined {
  try {
    return readOpenFileLimit(readFileSync('/proc/self/limits', 'latin1'))
  } catch {
    return undefined
  }
}

/** @param limits text of `/proc/self/limits` */
export function readOpenFileLimit(limits: string): number | undefined {
  const soft = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1])
  return Number.isNaN(soft) ? undefined : soft
}

/**
 * How many connections may be open at a time: strangers who open what they can must not take the files that the
 * database and the other transports need (DOS-06).
 * @param wanted what the configuration allows
 * @param fileLimit the process's limit of open files
 */
export function affordableConnections(wanted: number, fileLimit: number | undefined): number {
  if (fileLimit === undefined) return wanted
  const others = Math.max(MIN_OTHER_FILES, Math.floor(fileLimit / 10))
  return Math.max(1, Math.min(wanted, fileLimit - others))
}
