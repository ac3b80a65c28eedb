import { existsSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { AspisError } from '../../base/errors.ts'
import type { Batch, LocationBackend } from '../group-commit.ts'
import type { LocationIndex } from '../memory/location-index.ts'
import { logError } from './errors.ts'
import { FRAME_HEAD_BYTES } from './format.ts'
import { belongsTo, type Loaded } from './load.ts'
import { LogFile } from './log-file.ts'
import { listFolder } from './names.ts'
import { writeSnapshot } from './snapshot.ts'

/** Where the bindings lie, and whose they are. */
export interface LogPlace {
  readonly folder: string
  readonly databaseId: string
  readonly index: LocationIndex
  /** A log below this size is left alone, octets. */
  readonly minLogBytes: number
}

/**
 * Bindings in files: a snapshot and the changes since, one frame a group (`format.ts`).
 *
 * The memory index is the truth. When the log has grown to twice the snapshot a new one begins, the index is written
 * to a new snapshot in slices, and what both replace is removed: so the folder holds some three times what is
 * registered. A write that failed is cut off before the next one; files that were put back from elsewhere
 * are replaced by a snapshot of everything.
 */
export class LocationLog implements LocationBackend {
  readonly headroom = FRAME_HEAD_BYTES
  readonly gatherMs = 2
  readonly #place: LogPlace
  #file: LogFile
  #snapshotBytes: number
  /** Octets of logs that the next snapshot replaces, the open one not counted. */
  #oldLogBytes: number
  /** The open log's size at which the next snapshot is tried. */
  #compactAtBytes = 0
  #compacting: Promise<void> | undefined
  #isClosed = false

  constructor(place: LogPlace, file: LogFile, loaded: Pick<Loaded, 'snapshotBytes' | 'logBytes'>) {
    this.#place = place
    this.#file = file
    this.#snapshotBytes = loaded.snapshotBytes
    this.#oldLogBytes = loaded.logBytes
  }

  async commit({ frame, isProbe }: Batch): Promise<undefined> {
    try {
      if (this.#file.isTorn) await this.#mend()
      if (frame.count === 0 && !isProbe) return undefined
      // Before the frame, when the index has everything that the old log has.
      if (this.#isDue() && this.#compacting === undefined) await this.#compact()
      const bytes = frame.octets.bytes.subarray(0, frame.end)
      // A file that was removed takes writes for ever, and keeps none of them.
      if (!(await this.#file.append(bytes))) {
        await this.#mend()
        if (!(await this.#file.append(bytes))) throw goneError(this.#file.path)
      }
      return undefined
    } catch (error) {
      throw logError(this.#file.path, error)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#compacting
    await this.#file.close()
  }

  #isDue(): boolean {
    const { size } = this.#file
    const bytes = size + this.#oldLogBytes
    return bytes > Math.max(this.#place.minLogBytes, 2 * this.#snapshotBytes) && size > this.#compactAtBytes
  }

  /** Begins a new log, and replaces everything before it by a snapshot meanwhile. */
  async #compact(): Promise<void> {
    const { folder, databaseId } = this.#place
    const before = this.#file
    try {
      // What stands before another log ends with its last frame.
      await before.cut()
      this.#file = await LogFile.create(folder, before.sequence + 1, databaseId)
    } catch {
      // No room for it: the log that is there goes on, and says so itself when it is full.
      this.#compactAtBytes = before.size + this.#place.minLogBytes
      return
    }
    await before.close()
    this.#oldLogBytes += before.size
    this.#compactAtBytes = 0
    this.#compacting = this.#replaceUpTo(before.sequence).finally(() => {
      this.#compacting = undefined
    })
  }

  async #replaceUpTo(sequence: number): Promise<void> {
    try {
      const file = this.#file
      const isAborted = (): boolean => this.#isClosed || this.#file !== file
      const size = await writeSnapshot({ ...this.#place, sequence, isAborted })
      if (size === undefined) return
      this.#snapshotBytes = size
      this.#oldLogBytes = 0
      await removeReplaced(this.#place.folder, sequence)
    } catch {
      // The logs hold everything; it is tried again when they have grown.
      this.#compactAtBytes = this.#file.size + this.#place.minLogBytes
    }
  }

  async #mend(): Promise<void> {
    if (this.#file.isInPlace) return this.#file.mend()
    const { folder, databaseId } = this.#place
    const { path } = this.#file
    if (!existsSync(folder)) throw goneError(path)
    if (!belongsTo(folder, databaseId)) {
      throw new AspisError(
        'ERR_ASPIS_STORE_UNAVAILABLE',
        `${path}: bindings of another database lie here now; put the old ones back or restart`,
      )
    }
    await this.#rewrite()
  }

  /** Writes everything anew, behind whatever lies there. */
  async #rewrite(): Promise<void> {
    const { folder, databaseId } = this.#place
    const { files } = listFolder(folder)
    const sequence = Math.max(this.#file.sequence, ...files.map(file => file.sequence)) + 1
    const size = await writeSnapshot({ ...this.#place, sequence, isAborted: () => this.#isClosed })
    if (size === undefined) throw new AspisError('ERR_ASPIS_STORE_CLOSED', 'the location store is closed')
    const file = await LogFile.create(folder, sequence + 1, databaseId)
    await this.#file.close()
    this.#file = file
    this.#snapshotBytes = size
    this.#oldLogBytes = 0
    for (const old of files) rmSync(old.path, { force: true })
  }
}

function goneError(path: string): AspisError {
  return new AspisError('ERR_ASPIS_STORE_UNAVAILABLE', `${path}: the stored bindings are gone`)
}

/** Removes files that a snapshot replaced; what stays for some reason is removed at the next start. */
async function removeReplaced(folder: string, sequence: number): Promise<void> {
  for (const { kind, sequence: number, path } of listFolder(folder).files) {
    if (number < sequence || (number === sequence && kind === 'log')) await rm(path, { force: true })
  }
}
