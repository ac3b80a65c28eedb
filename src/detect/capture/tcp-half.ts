import { LIMITS } from '../../base/limits.ts'

/** A segment that came before what goes in front of it. Places count octets of the stream, from where it was first seen. */
interface Waiting {
  readonly at: number
  readonly octets: Buffer
}

/** What a half makes known. */
export interface HalfEvents {
  /** The next octets of the stream, in order; not kept by the caller. */
  onOctets(octets: Buffer): void
  /** Octets are missing for good before those that come next. */
  onGap(): void
}

/**
 * One direction of a TCP connection: puts segments in order (RFC 9293 §3.4). What came first stands: octets that are
 * sent again, or sent again otherwise, change nothing. Bounded: who sends too far ahead makes a gap.
 */
export class TcpHalf {
  readonly #events: HalfEvents
  /** Sequence number of the octet that is expected next, and its place. */
  #next = 0
  #at = 0
  #isBegun = false
  readonly #waiting: Waiting[] = []
  /** Octets that wait. */
  heldBytes = 0

  constructor(events: HalfEvents) {
    this.#events = events
  }

  /** A SYN: what is sent begins behind its number. */
  open(sequence: number): void {
    this.#next = (sequence + 1) >>> 0
    this.#isBegun = true
  }

  /** Takes a segment's octets. */
  take(sequence: number, octets: Buffer): void {
    if (!this.#isBegun) {
      // The capture began later than the connection.
      this.#next = sequence
      this.#isBegun = true
      this.#events.onGap()
    }
    const ahead = (sequence - this.#next) | 0
    if (ahead > 0) return this.#hold(this.#at + ahead, octets)
    const fresh = -ahead < octets.length ? octets.subarray(-ahead) : undefined
    if (fresh === undefined) return
    if (this.#waiting.length === 0) return this.#pass(fresh)
    this.#hold(this.#at, fresh)
    this.#release()
  }

  /** The other side says that it has everything before this number: what is still missing here was not captured. */
  acknowledged(number: number): void {
    const first = this.#waiting[0]
    if (first !== undefined && this.#at + ((number - this.#next) | 0) > first.at) this.#jump()
  }

  /** Nothing more comes: what waits is told with its gaps. */
  end(): void {
    while (this.#waiting.length > 0) this.#jump()
  }

  /** Forgets what waits. */
  drop(): void {
    this.#waiting.length = 0
    this.heldBytes = 0
  }

  #pass(octets: Buffer): void {
    this.#at += octets.length
    this.#next = (this.#next + octets.length) >>> 0
    this.#events.onOctets(octets)
  }

  /** Keeps of a segment what is not kept already, in the order of the stream. */
  #hold(at: number, octets: Buffer): void {
    const end = at + octets.length
    let from = at
    let place = 0
    for (; place < this.#waiting.length && from < end; place += 1) {
      const known = this.#waiting[place]
      if (known === undefined) break
      const knownEnd = known.at + known.octets.length
      if (knownEnd <= from) continue
      if (known.at > from) {
        this.#insert(place, from, octets.subarray(from - at, Math.min(end, known.at) - at))
        place += 1
      }
      from = Math.max(from, knownEnd)
    }
    if (from < end) this.#insert(place, from, octets.subarray(from - at))
    if (this.#waiting.length > LIMITS.maxCaptureSegments || this.heldBytes > LIMITS.maxCaptureWindowBytes) {
      this.#jump()
    }
  }

  #insert(place: number, at: number, octets: Buffer): void {
    this.#waiting.splice(place, 0, { at, octets: Buffer.from(octets) })
    this.heldBytes += octets.length
  }

  /** Goes on behind the gap. */
  #jump(): void {
    const first = this.#waiting[0]
    if (first === undefined) return
    if (first.at > this.#at) {
      this.#next = (this.#next + (first.at - this.#at)) >>> 0
      this.#at = first.at
      this.#events.onGap()
    }
    this.#release()
  }

  #release(): void {
    let first = this.#waiting[0]
    while (first !== undefined && first.at <= this.#at) {
      this.#waiting.shift()
      this.heldBytes -= first.octets.length
      this.#pass(first.octets)
      first = this.#waiting[0]
    }
  }
}
