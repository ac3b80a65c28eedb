import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, rmSync } from 'node:fs'
import { damagedError, foreignError, gapError, logError, newerError } from './errors.ts'
import { FILE_HEAD_BYTES, type FileHead, readHead } from './format.ts'
import { type LogName, listFolder, pathOf } from './names.ts'
import { readFrames, type SeeRecord } from './read-frames.ts'

/** A log folder that was read. */
export interface Loaded {
  /** The log that goes on; undefined when the folder holds none. */
  readonly last: (LogName & { readonly head: FileHead; readonly size: number }) | undefined
  /** The number of the next log. */
  readonly nextSequence: number
  /** Octets of the snapshot. */
  readonly snapshotBytes: number
  /** Octets of logs before the last one. */
  readonly logBytes: number
  /** Octets cut from the end of the last log, of a change that was never acknowledged. */
  readonly cutBytes: number
}

/**
 * Reads the newest snapshot and the logs behind it, cuts a change off that was not written to its end, and removes
 * what newer files replaced.
 * @param see called with every record in the order of the changes
 * @param isOnlyLook changes nothing: for commands, which may do so beside a running server
 * @throws AspisError `ERR_ASPIS_STORE_CORRUPT`, `_MISSING`, `_FOREIGN`, `_NEWER`, `_UNAVAILABLE`; nothing is
 *   changed then
 */
export function loadFolder(folder: string, databaseId: string, see: SeeRecord, isOnlyLook = false): Loaded {
  const { files, unfinished } = listFolder(folder)
  const snapshot = files.findLast(file => file.kind === 'snapshot')
  const logs = files.filter(file => file.kind === 'log' && file.sequence > (snapshot?.sequence ?? 0))
  if (snapshot === undefined && logs.length > 0) throw gapError(pathOf(folder, 'snapshot', 1))
  for (const [i, log] of logs.entries()) {
    const expected = (snapshot?.sequence ?? 0) + 1 + i
    if (log.sequence !== expected) throw gapError(pathOf(folder, 'log', expected))
  }
  const snapshotBytes = snapshot === undefined ? 0 : readOne(snapshot, databaseId, 'done', see).end
  let last: Loaded['last']
  let logBytes = 0
  let cutBytes = 0
  for (const log of logs) {
    const isLast = log === logs.at(-1)
    const lastUse = isOnlyLook ? 'seen' : 'goes on'
    const use = isLast ? lastUse : 'done'
    const { head, end, tornBytes } = readOne(log, databaseId, use, see)
    if (isLast) last = { ...log, head, size: end }
    else logBytes += end
    cutBytes += tornBytes
  }
  const kept = new Set<LogName | undefined>([snapshot, ...logs])
  const replaced = files.filter(file => !kept.has(file)).map(file => file.path)
  if (!isOnlyLook) for (const path of [...unfinished, ...replaced]) rmSync(path, { force: true })
  const nextSequence = (files.at(-1)?.sequence ?? 1) + 1
  return { last, nextSequence, snapshotBytes, logBytes, cutBytes }
}

interface ReadFile {
  readonly head: FileHead
  /** Where the last frame ends. */
  readonly end: number
  /** Octets behind it that belong to none. */
  readonly tornBytes: number
}

/** A file that nobody writes to any more, the one that is written to, or that one while somebody else does. */
type Use = 'done' | 'goes on' | 'seen'

function readOne(name: LogName, databaseId: string, use: Use, see: SeeRecord): ReadFile {
  const { path } = name
  const file = openSync(path, use === 'goes on' ? 'r+' : 'r')
  try {
    const size = fstatSync(file).size
    // The head is on the disk before the name is, so even the newest log has one.
    const head = headOf(file, name, databaseId)
    const reading = readFrames(file, size, head.mark, see)
    if (reading.kind === 'damaged') throw damagedError(path, reading.offset)
    const { kind, end } = reading
    // Only a log that goes on is longer than its frames, and only there can one be torn.
    if (use === 'done' && (kind === 'torn' || end < size)) throw damagedError(path, end)
    if (kind === 'whole') {
      if (name.kind === 'snapshot' && !reading.endsEmpty) throw damagedError(path, end)
      return { head, end, tornBytes: 0 }
    }
    if (use === 'goes on') {
      ftruncateSync(file, end)
      fsyncSync(file)
    }
    return { head, end, tornBytes: reading.size }
  } catch (error) {
    throw logError(path, error)
  } finally {
    closeSync(file)
  }
}

function headOf(file: number, { path, kind, sequence }: LogName, databaseId: string): FileHead {
  const head = readHead(headBytes(file))
  if (head === 'newer') throw newerError(path)
  if (head === undefined || head.kind !== kind || head.sequence !== sequence) throw damagedError(path, 0)
  if (head.databaseId !== databaseId) throw foreignError(path)
  return head
}

/** Whether the files of a folder, as far as there are any, belong to this database. */
export function belongsTo(folder: string, databaseId: string): boolean {
  return listFolder(folder).files.every(({ path }) => {
    const file = openSync(path, 'r')
    try {
      const head = readHead(headBytes(file))
      return typeof head === 'object' && head.databaseId === databaseId
    } finally {
      closeSync(file)
    }
  })
}

function headBytes(file: number): Buffer {
  const bytes = Buffer.alloc(FILE_HEAD_BYTES)
  return bytes.subarray(0, readSync(file, bytes, 0, FILE_HEAD_BYTES, 0))
}
