/**
 * Frames between the processes of one server: length of what follows (4 octets, little-endian), kind (1), payload.
 * Both ends are the same program of the same start, so the layout may change with any release.
 */

/** What a frame is about; one a line. */
export const KIND = {
  /** First on a connection: who is there, and the proof that the primary made it. */
  hello: 1,
  /** A message for the worker that its branch names. */
  message: 2,
  /** To be sent by a connection that the receiver of the frame holds. */
  send: 3,
  flowOpened: 5,
  flowClosed: 6,
  /** A CANCEL or ACK of a transaction that somebody else may hold. */
  question: 7,
  answer: 8,
  callEnded: 9,
  guessFailed: 10,
  /** Worker to primary: a call begins, is answered, lasts or ends. */
  ledgerOrder: 11,
  /** Primary to worker: whether a call may begin. */
  ledgerAnswer: 12,
  /** A Referred-By token was used. */
  tokenUsed: 13,
  /** A PASSporT was used. */
  passportUsed: 14,
  /** Worker to primary: a finding, or a login from an address that was not known for it. */
  detection: 15,
  /** Primary to worker: an order of detection begins or ends. */
  order: 16,
  /** Worker to primary: records that are to become durable. */
  commit: 20,
  /** All of them are, but for those that are named. */
  committed: 21,
  /** Primary to worker: a record that is durable. */
  change: 22,
  /** Everything is told anew. */
  cleared: 23,
  /** Every record was told: from here on they are changes. */
  loaded: 24,
} as const

const HEAD_BYTES = 5
const FIRST_BYTES = 64 * 1024
/** Larger than any message and any address-of-record with all its bindings. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024

/** Gathers frames in one buffer that grows. */
export class FrameWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #at = 0
  #start = 0

  /** Octets gathered. */
  get length(): number {
    return this.#at
  }

  /** @param atMost octets of payload that follow, at most */
  begin(kind: number, atMost: number): void {
    this.#room(HEAD_BYTES + atMost)
    this.#start = this.#at
    this.#bytes[this.#at + 4] = kind
    this.#at += HEAD_BYTES
  }

  u8(value: number): void {
    this.#bytes[this.#at] = value
    this.#at += 1
  }

  u16(value: number): void {
    this.#at = this.#bytes.writeUInt16LE(value, this.#at)
  }

  u32(value: number): void {
    this.#at = this.#bytes.writeUInt32LE(value, this.#at)
  }

  f64(value: number): void {
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  latin1(text: string): void {
    this.#at += this.#bytes.write(text, this.#at, 'latin1')
  }

  /** Up to 255 octets, after their number. */
  short(text: string): void {
    this.u8(text.length)
    this.latin1(text)
  }

  utf8(text: string): void {
    this.#at += this.#bytes.write(text, this.#at, 'utf8')
  }

  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  end(): void {
    this.#bytes.writeUInt32LE(this.#at - this.#start - 4, this.#start)
  }

  /** What was gathered; it stays valid until `clear`. */
  gathered(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  /** @param isInUse somebody still reads what was gathered */
  clear(isInUse: boolean): void {
    if (isInUse || this.#bytes.length > 16 * FIRST_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
    this.#at = 0
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }
}

/** The payload of one frame, read from the front. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0

  set(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  u8(): number {
    return this.#bytes[this.#at++] ?? 0
  }

  u16(): number {
    this.#at += 2
    return this.#bytes.readUInt16LE(this.#at - 2)
  }

  u32(): number {
    this.#at += 4
    return this.#bytes.readUInt32LE(this.#at - 4)
  }

  f64(): number {
    this.#at += 8
    return this.#bytes.readDoubleLE(this.#at - 8)
  }

  latin1(bytes: number): string {
    this.#at += bytes
    return this.#bytes.toString('latin1', this.#at - bytes, this.#at)
  }

  short(): string {
    return this.latin1(this.u8())
  }

  utf8(bytes: number): string {
    this.#at += bytes
    return this.#bytes.toString('utf8', this.#at - bytes, this.#at)
  }

  /** The next octets; good until the next frame is read. */
  octets(bytes: number): Buffer {
    this.#at += bytes
    return this.#bytes.subarray(this.#at - bytes, this.#at)
  }

  restLatin1(): string {
    return this.latin1(this.#end - this.#at)
  }

  restUtf8(): string {
    return this.utf8(this.#end - this.#at)
  }

  /** The octets that are left; good until the next frame is read. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#at, this.#end)
  }
}

/** Cuts a stream of octets into frames. */
export class FrameCutter {
  readonly #reader = new FrameReader()
  #held: Buffer | undefined

  /**
   * @param take is handed each complete frame
   * @returns false when the other end does not speak this
   */
  feed(chunk: Buffer, take: (kind: number, frame: FrameReader) => void): boolean {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk])
    let at = 0
    while (bytes.length - at >= HEAD_BYTES) {
      const length = bytes.readUInt32LE(at)
      if (length === 0 || length > MAX_FRAME_BYTES) return false
      const end = at + 4 + length
      if (end > bytes.length) break
      this.#reader.set(bytes, at + HEAD_BYTES, end)
      take(bytes[at + 4] ?? 0, this.#reader)
      at = end
    }
    this.#held = at === bytes.length ? undefined : bytes.subarray(at)
    return true
  }
}
