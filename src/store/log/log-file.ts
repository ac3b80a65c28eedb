import { constants, write } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { inodeOf } from '../sqlite/inode.ts'
import { FILE_HEAD_BYTES, makeHead, sealFrame, writeHead } from './format.ts'
import { pathOf, syncFolder } from './names.ts'

/** Each write is on the disk when it returns: one order to the thread pool instead of a write and a sync. */
const FLAGS = constants.O_RDWR | constants.O_DSYNC
const MIN_AHEAD_BYTES = 64 * 1024
const MAX_AHEAD_BYTES = 4 * 1024 * 1024
const ZEROS = Buffer.alloc(MIN_AHEAD_BYTES)

/** Where a log goes on. */
interface LogPlace {
  readonly path: string
  readonly sequence: number
  readonly mark: number
  readonly size: number
}

/**
 * The open end of a log: appends frames, each on the disk before it counts.
 *
 * The file is filled with zeros some way ahead: a write to where the file ends already changes nothing but data,
 * where one that makes it longer waits for the journal of the file system, at twice the CPU time.
 */
export class LogFile {
  readonly path: string
  readonly sequence: number
  readonly #mark: number
  readonly #file: FileHandle
  readonly #inode: string | undefined
  #size: number
  /** Where the file ends. */
  #end: number
  #ahead: Promise<void> | undefined
  #isTorn = false

  private constructor(place: LogPlace, file: FileHandle, end: number) {
    this.path = place.path
    this.sequence = place.sequence
    this.#mark = place.mark
    this.#size = place.size
    this.#file = file
    this.#end = end
    this.#inode = inodeOf(place.path)
  }

  /** Goes on with a log that was read. */
  static async resume(place: LogPlace): Promise<LogFile> {
    const file = await open(place.path, FLAGS)
    await file.truncate(place.size)
    return new LogFile(place, file, place.size)
  }

  /** Begins an empty log; its head is on the disk before its name is. */
  static async create(folder: string, sequence: number, databaseId: string): Promise<LogFile> {
    const head = makeHead('log', sequence, databaseId)
    const path = pathOf(folder, 'log', sequence)
    const file = await open(path, FLAGS | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      await file.write(writeHead(head), 0, FILE_HEAD_BYTES, 0)
      await file.sync()
      await syncFolder(folder)
      return new LogFile({ path, sequence, mark: head.mark, size: FILE_HEAD_BYTES }, file, FILE_HEAD_BYTES)
    } catch (error) {
      await file.close()
      await rm(path, { force: true })
      throw error
    }
  }

  /** Octets that count. */
  get size(): number {
    return this.#size
  }

  /** Whether the last write failed, so that `mend` must come before the next. */
  get isTorn(): boolean {
    return this.#isTorn
  }

  /** Whether the file that lies there is the one that is open. */
  get isInPlace(): boolean {
    return this.#inode !== undefined && inodeOf(this.path) === this.#inode
  }

  /**
   * Appends a frame whose head is yet to be filled in.
   * @returns false when the file is no longer where it was: the frame then does not count
   * @throws what the file system says; nor does it then
   */
  async append(frame: Buffer): Promise<boolean> {
    const end = this.#size + frame.length
    // Zeros on their way must not come after the frame.
    if (end > this.#end && this.#ahead !== undefined) await this.#ahead
    this.#isTorn = true
    sealFrame(frame, this.#mark, this.#size)
    await writeAt(this.#file.fd, frame, this.#size)
    if (!this.isInPlace) return false
    this.#size = end
    if (end > this.#end) this.#end = end
    this.#isTorn = false
    if (this.#ahead === undefined && 2 * (this.#end - end) < aheadOf(end)) this.#fillAhead()
    return true
  }

  /**
   * Cuts off what a failed write left, and sees that there is room again: not for one frame that happens to fit,
   * but for a while.
   * @throws what the file system says
   */
  async mend(): Promise<void> {
    await this.cut()
    try {
      this.#end = await this.#fill(this.#size, this.#size + MIN_AHEAD_BYTES)
    } catch (error) {
      await this.cut()
      throw error
    }
    this.#isTorn = false
  }

  /** Ends the file behind its last frame. */
  async cut(): Promise<void> {
    await this.#ahead
    await this.#file.truncate(this.#size)
    await this.#file.sync()
    this.#end = this.#size
  }

  async close(): Promise<void> {
    try {
      if (!this.#isTorn) await this.cut()
    } finally {
      await this.#file.close()
    }
  }

  #fillAhead(): void {
    this.#ahead = this.#fill(this.#end, this.#end + aheadOf(this.#size)).then(
      end => {
        this.#end = end
        this.#ahead = undefined
      },
      () => {
        // No room ahead: a frame that finds none either says so.
        this.#ahead = undefined
      },
    )
  }

  /** Writes zeros, all in one order where there is room. @returns where they end */
  async #fill(from: number, to: number): Promise<number> {
    let at = from
    while (at < to) {
      const zeros = Array.from({ length: Math.ceil((to - at) / ZEROS.length) }, () => ZEROS)
      at += (await this.#file.writev(zeros, at)).bytesWritten
    }
    return at
  }
}

/** A small log stays small. */
function aheadOf(size: number): number {
  const wanted = Math.min(MAX_AHEAD_BYTES, Math.max(MIN_AHEAD_BYTES, size))
  return wanted - (wanted % MIN_AHEAD_BYTES)
}

function writeAt(file: number, bytes: Buffer, offset: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const from = (done: number): void => {
      write(file, bytes, done, bytes.length - done, offset + done, (error, written) => {
        if (error !== null) reject(error)
        else if (done + written < bytes.length) from(done + written)
        else resolve()
      })
    }
    from(0)
  })
}
