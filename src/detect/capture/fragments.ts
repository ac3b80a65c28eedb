import { LIMITS } from '../../base/limits.ts'

/** A fragment counts in units of eight octets (RFC 791 §3.2, RFC 8200 §4.5). */
const UNIT = 8
const MAX_DATAGRAM = 65_535
const MAX_UNITS = Math.ceil(MAX_DATAGRAM / UNIT)
/** What Linux waits for the missing ones. */
const MAX_AGE_MS = 30_000

interface Partial {
  readonly beganMs: number
  octets: Buffer
  readonly units: Uint8Array
  /** Octets that came, and the whole length once the last fragment came; 0 before. */
  filled: number
  length: number
  /** Two fragments say different things of the same octets: such a datagram is dropped, as Linux does. */
  isBroken: boolean
}

/** Puts datagrams together again. Bounded in number; the oldest goes first. */
export class Fragments {
  readonly #partials = new Map<string, Partial>()
  /** Datagrams that never became whole. */
  lost = 0

  /**
   * Takes a fragment.
   * @param key addresses, identification and protocol
   * @param offset of its octets in the datagram
   * @param nowMs event clock
   * @returns what the datagram carries, once it is whole
   */
  take(key: string, octets: Buffer, offset: number, isLast: boolean, nowMs: number): Buffer | undefined {
    const end = offset + octets.length
    const isAligned = isLast || octets.length % UNIT === 0
    if (octets.length === 0 || end > MAX_DATAGRAM || !isAligned) return undefined
    const partial = this.#partialOf(key, nowMs)
    if (partial.isBroken || (partial.length > 0 && end > partial.length)) return undefined
    const first = offset / UNIT
    const last = Math.ceil(end / UNIT)
    let known = 0
    for (let unit = first; unit < last; unit += 1) known += partial.units[unit] ?? 0
    if (known > 0) {
      if (known < last - first) partial.isBroken = true
      return undefined
    }
    partial.units.fill(1, first, last)
    this.#copy(partial, octets, offset, end)
    partial.filled += octets.length
    if (isLast) partial.length = end
    if (partial.length === 0 || partial.filled < partial.length) return undefined
    this.#partials.delete(key)
    return partial.filled === partial.length ? partial.octets.subarray(0, partial.length) : undefined
  }

  #partialOf(key: string, nowMs: number): Partial {
    const known = this.#partials.get(key)
    if (known !== undefined && nowMs - known.beganMs <= MAX_AGE_MS) return known
    if (known !== undefined) this.#drop(key)
    if (this.#partials.size >= LIMITS.maxCaptureFragmented) {
      const oldest = this.#partials.keys().next()
      if (oldest.done !== true) this.#drop(oldest.value)
    }
    const partial = {
      beganMs: nowMs,
      octets: Buffer.alloc(0),
      units: new Uint8Array(MAX_UNITS),
      filled: 0,
      length: 0,
      isBroken: false,
    }
    this.#partials.set(key, partial)
    return partial
  }

  #drop(key: string): void {
    this.#partials.delete(key)
    this.lost += 1
  }

  #copy(partial: Partial, octets: Buffer, offset: number, end: number): void {
    if (partial.octets.length < end) {
      const larger = Buffer.alloc(Math.min(MAX_DATAGRAM, Math.max(end, partial.octets.length * 2)))
      partial.octets.copy(larger)
      partial.octets = larger
    }
    octets.copy(partial.octets, offset)
  }
}
