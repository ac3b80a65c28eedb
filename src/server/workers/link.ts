import type { Socket } from 'node:net'
import { FrameCutter, type FrameReader, FrameWriter } from './frame.ts'

/** What waits for a process that does not read: more is refused, so that one that hangs fills nobody's memory. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** What a link tells. */
export interface LinkUser {
  onFrame(kind: number, frame: FrameReader): void
  onClosed(): void
}

/** A connection between two processes of one server; what a turn writes leaves at its end in one piece. */
export class Link {
  readonly #socket: Socket
  readonly #user: LinkUser
  readonly #writer = new FrameWriter()
  readonly #cutter = new FrameCutter()
  #isScheduled = false
  #isOpen = true
  /** Frames not taken since the other end does not read. */
  refused = 0

  constructor(socket: Socket, user: LinkUser) {
    this.#socket = socket
    this.#user = user
    socket.on('data', this.#read)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isOpen = false
      this.#user.onClosed()
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Octets that wait for the other end. */
  get waitingBytes(): number {
    return this.#socket.writableLength + this.#writer.length
  }

  /**
   * Begins a frame; `end` sends it.
   * @param atMost octets of payload, at most
   * @returns where the payload goes, or undefined when the link is closed or full
   */
  begin(kind: number, atMost: number): FrameWriter | undefined {
    if (!this.#isOpen) return undefined
    if (this.waitingBytes > MAX_WAITING_BYTES) {
      this.refused += 1
      return undefined
    }
    this.#writer.begin(kind, atMost)
    return this.#writer
  }

  end(): void {
    this.#writer.end()
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#flush)
  }

  /** Resolves when what waits is below half of the bound, or the link is closed. */
  async drained(): Promise<void> {
    while (this.#isOpen && this.waitingBytes > MAX_WAITING_BYTES / 2) {
      await new Promise(resolve => setTimeout(resolve, 1))
    }
  }

  close(): void {
    this.#flush()
    this.#socket.destroySoon()
  }

  readonly #flush = (): void => {
    this.#isScheduled = false
    if (this.#writer.length === 0) return
    if (this.#isOpen) this.#socket.write(this.#writer.gathered())
    // What the system took at once may be written over; mostly that is everything.
    this.#writer.clear(this.#socket.writableLength > 0)
  }

  readonly #read = (chunk: Buffer): void => {
    if (!this.#cutter.feed(chunk, this.#take)) this.#socket.destroy()
  }

  readonly #take = (kind: number, frame: FrameReader): void => this.#user.onFrame(kind, frame)
}
