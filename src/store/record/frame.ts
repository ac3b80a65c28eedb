import type { Binding } from '../location.ts'
import { HEAD, HEAD_BYTES, type Octets, octetsOf } from './layout.ts'
import { type Sink, writeRecord } from './write.ts'

const FIRST_BYTES = 64 * 1024

/** Records one behind the other, that become durable together. Room that was made stays for the next use. */
export class Frame implements Sink {
  #octets: Octets
  #end: number
  #count = 0
  readonly #headroom: number

  /** @param headroom octets left free before the first record, for whoever writes the frame */
  constructor(headroom = 0, firstBytes = FIRST_BYTES) {
    this.#headroom = headroom
    this.#end = headroom
    this.#octets = octetsOf(Buffer.allocUnsafeSlow(headroom + firstBytes))
  }

  get octets(): Octets {
    return this.#octets
  }

  /** Where the first record stands. */
  get start(): number {
    return this.#headroom
  }

  get end(): number {
    return this.#end
  }

  /** Records held. */
  get count(): number {
    return this.#count
  }

  /** Octets of the records. */
  get size(): number {
    return this.#end - this.#headroom
  }

  clear(): void {
    this.#end = this.#headroom
    this.#count = 0
  }

  reserve(size: number): Octets {
    const needed = this.#end + size
    if (needed > this.#octets.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#octets.bytes.length))
      this.#octets.bytes.copy(larger, 0, 0, this.#end)
      this.#octets = octetsOf(larger)
    }
    return this.#octets
  }

  /**
   * Appends what an address-of-record has from now on. @returns where its record begins
   * @throws AspisError as `writeRecord` does; the frame is then as before
   */
  add(aor: string, next: readonly Binding[], version: number): number {
    const start = this.#end
    this.#end += writeRecord(this, aor, next, version)
    this.#count += 1
    return start
  }

  /** Appends a record that was written elsewhere. @returns where it begins */
  addRecord({ bytes, view }: Octets, at: number): number {
    const length = view.getUint32(at + HEAD.length, true)
    const start = this.#end
    bytes.copy(this.reserve(length).bytes, start, at, at + length)
    this.#end += length
    this.#count += 1
    return start
  }
}

/** Where the record behind the one at `at` begins. */
export function endOfRecord({ view }: Octets, at: number): number {
  return at + view.getUint32(at + HEAD.length, true)
}

/**
 * Whether the octets from `start` to `end` are whole records, as far as their heads tell: what is said by another
 * process, or stands behind a checksum that fits, is believed beyond that.
 */
export function areRecords(octets: Octets, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    if (end - at < HEAD_BYTES) return false
    const length = octets.view.getUint32(at + HEAD.length, true)
    const textAt = octets.view.getUint32(at + HEAD.textAt, true)
    if (length < HEAD_BYTES || length > end - at || textAt < HEAD_BYTES || textAt > length) return false
    at += length
  }
  return at === end
}
