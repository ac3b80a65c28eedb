import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import type { LocationIndex } from '../memory/location-index.ts'
import { Frame } from '../record/frame.ts'
import { FILE_HEAD_BYTES, FRAME_HEAD_BYTES, makeHead, sealFrame, writeHead } from './format.ts'
import { pathOf, syncFolder, UNFINISHED } from './names.ts'

/** Copying this much holds the loop up for some 0.2 ms. */
const SLICE_BYTES = 256 * 1024
/** So much is synced at once: one sync of everything would hold up the log's own. */
const SYNC_BYTES = 8 * 1024 * 1024

/** What a snapshot is made of. */
export interface SnapshotOrder {
  readonly folder: string
  /** The last log that it replaces. */
  readonly sequence: number
  readonly databaseId: string
  readonly index: LocationIndex
  /** Asked between slices; the file is then removed. */
  isAborted(): boolean
}

/**
 * Writes everything in the index to a snapshot, a slice a turn. Changes go on meanwhile: those since the log behind
 * `sequence` began may stand in it or not, and are said again by that log, each as a whole.
 * @returns its octets; undefined when aborted
 */
export async function writeSnapshot(order: SnapshotOrder): Promise<number | undefined> {
  const path = pathOf(order.folder, 'snapshot', order.sequence)
  const unfinished = path + UNFINISHED
  const file = await open(unfinished, 'w', 0o600)
  let size: number | undefined
  try {
    size = await fill(file, order)
    if (size !== undefined) await file.sync()
  } catch (error) {
    await file.close()
    await rm(unfinished, { force: true })
    throw error
  }
  await file.close()
  if (size === undefined) {
    await rm(unfinished, { force: true })
    return undefined
  }
  await rename(unfinished, path)
  await syncFolder(order.folder)
  return size
}

async function fill(file: FileHandle, order: SnapshotOrder): Promise<number | undefined> {
  const head = makeHead('snapshot', order.sequence, order.databaseId)
  await file.write(writeHead(head), 0, FILE_HEAD_BYTES, 0)
  const frame = new Frame(FRAME_HEAD_BYTES, 2 * SLICE_BYTES)
  let offset = FILE_HEAD_BYTES
  let syncedAt = 0
  let isEnded = false
  for (let slot = 0; !isEnded; ) {
    if (order.isAborted()) return undefined
    frame.clear()
    slot = order.index.copyTo(frame, slot, SLICE_BYTES)
    isEnded = frame.count === 0 && slot >= order.index.slotEnd
    if (frame.count === 0 && !isEnded) continue
    const bytes = frame.octets.bytes.subarray(0, frame.end)
    sealFrame(bytes, head.mark, offset)
    await writeWhole(file, bytes, offset)
    offset += bytes.length
    if (offset - syncedAt < SYNC_BYTES) continue
    await file.datasync()
    syncedAt = offset
  }
  return offset
}

async function writeWhole(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten
  }
}
