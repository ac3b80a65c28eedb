import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LocationIndex } from '../memory/location-index.ts'
import { logError, lostError } from './errors.ts'
import { loadFolder } from './load.ts'
import { LocationLog, type LogPlace } from './location-log.ts'
import { LogFile } from './log-file.ts'
import { syncFolder, UNFINISHED } from './names.ts'
import { writeSnapshot } from './snapshot.ts'

/** Where bindings are to be found or made. */
export interface LogOrder extends LogPlace {
  /** Whether there were bindings in such a folder before: one that is gone then is a loss. */
  readonly wasMade: boolean
  /** Fills the index with what a new folder begins with. */
  fill(index: LocationIndex): void
}

/**
 * Opens the folder of bindings, made on first use, and loads them into the index.
 * @returns the log, and the octets cut off of a change that was not written to its end
 * @throws AspisError as `loadFolder`
 */
export async function openLog(
  order: LogOrder,
): Promise<{ readonly log: LocationLog; readonly cutBytes: number }> {
  const { folder, databaseId, index, wasMade } = order
  try {
    if (!existsSync(folder)) {
      if (wasMade) throw lostError(folder)
      order.fill(index)
      await makeFolder(order)
      index.clear()
    }
    const loaded = loadFolder(folder, databaseId, (octets, at) => index.apply(octets, at))
    const { last, snapshotBytes, cutBytes } = loaded
    if (last !== undefined) {
      const file = await LogFile.resume({ ...last, mark: last.head.mark })
      return { log: new LocationLog(order, file, loaded), cutBytes }
    }
    if (snapshotBytes === 0) await writeSnapshot({ ...order, sequence: 1, isAborted: () => false })
    const file = await LogFile.create(folder, loaded.nextSequence, databaseId)
    return { log: new LocationLog(order, file, loaded), cutBytes }
  } catch (error) {
    throw logError(folder, error)
  }
}

/** The folder gets its name when everything in it is on the disk. */
async function makeFolder(order: LogOrder): Promise<void> {
  const unfinished = order.folder + UNFINISHED
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  await writeSnapshot({ ...order, folder: unfinished, sequence: 1, isAborted: () => false })
  renameSync(unfinished, order.folder)
  await syncFolder(dirname(order.folder))
}
