import { statSync } from 'node:fs'

/** Device and inode of a file, which a replacement does not share; undefined when there is none. */
export function inodeOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`
}
