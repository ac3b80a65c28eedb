import { closeSync, constants, fsyncSync, ftruncateSync, openSync, rmSync, write, writeSync } from 'node:fs'
import { inodeOf } from '../sqlite/inode.ts'
import { FILE_HEAD_BYTES, makeHead, sealFrame, writeHead } from './format.ts'
import { pathOf, syncFolder } from './names.ts'

/** Each write is on the disk when it returns: one order to the thread pool instead of a write and a sync. */
const FLAGS = constants.O_RDWR | constants.O_DSYNC

/** Where a log goes on. */
interface LogPlace {
  readonly path: string
  readonly sequence: number
  readonly mark: number
  readonly size: number
}

/** The open end of a log: appends frames, each on the disk before it counts. */
export class LogFile {
  readonly path: string
  readonly sequence: number
  readonly #mark: number
  readonly #file: number
  readonly #inode: string | undefined
  #size: number
  #isTorn = false

  private constructor(place: LogPlace, file: number) {
    this.path = place.path
    this.sequence = place.sequence
    this.#mark = place.mark
    this.#size = place.size
    this.#file = file
    this.#inode = inodeOf(place.path)
  }

  /** Goes on with a log that was read. */
  static resume(place: LogPlace): LogFile {
    return new LogFile(place, openSync(place.path, FLAGS))
  }

  /** Begins an empty log; its head is on the disk before its name is. */
  static create(folder: string, sequence: number, databaseId: string): LogFile {
    const head = makeHead('log', sequence, databaseId)
    const path = pathOf(folder, 'log', sequence)
    const file = openSync(path, FLAGS | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      writeSync(file, writeHead(head))
      fsyncSync(file)
      syncFolder(folder)
      return new LogFile({ path, sequence, mark: head.mark, size: FILE_HEAD_BYTES }, file)
    } catch (error) {
      closeSync(file)
      rmSync(path, { force: true })
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
    this.#isTorn = true
    sealFrame(frame, this.#mark, this.#size)
    await writeAt(this.#file, frame, this.#size)
    if (!this.isInPlace) return false
    this.#size += frame.length
    this.#isTorn = false
    return true
  }

  /** Cuts off what a failed write left. */
  mend(): void {
    ftruncateSync(this.#file, this.#size)
    fsyncSync(this.#file)
    this.#isTorn = false
  }

  close(): void {
    closeSync(this.#file)
  }
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
