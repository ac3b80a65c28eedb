import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import { addPart, digestWord, finishDigest, type SipKey } from '../../base/sip-hash.ts'
import { SlotTable } from '../../base/slot-table.ts'

/** `forgotten`: the nonce is older than our memory, so nobody knows whether the count was used. */
export type CountUse = 'new' | 'replayed' | 'forgotten'

const WIDTH = 64

/**
 * Remembers which counts of which nonces were used (DIG-16): a sliding window of 64, for datagrams that
 * overtake one another.
 *
 * Memory is bounded: 28 octets a nonce, in columns. When a set of the table turns over, and when the process starts,
 * counts may have been lost: nonces of that set that were made before and are not in memory are called forgotten, and a
 * fresh one costs the client one round trip.
 */
export class NonceCounts {
  readonly #key: SipKey
  readonly #table: SlotTable
  /** The highest count that was used. */
  readonly #highest: Uint32Array
  /** Bit i: count `highest - i` was used. */
  readonly #low: Int32Array
  /** Bit i: count `highest - 32 - i` was used. */
  readonly #high: Int32Array
  readonly #startedMs: number
  /** By set: nonces made before were lost, or may have been. */
  readonly #knownSinceMs: Float64Array
  /** By nonce; of `-sess` algorithms only. */
  readonly #firstCnonces: BoundedMap<string, string>

  /**
   * @param key what nonces are told apart by
   * @param startedMs when the process started, Unix time in ms
   * @param maxNonces at least 2
   */
  constructor(key: SipKey, startedMs: number, maxNonces: number) {
    this.#key = key
    this.#table = new SlotTable(maxNonces)
    const { size } = this.#table
    this.#highest = new Uint32Array(size)
    this.#low = new Int32Array(size)
    this.#high = new Int32Array(size)
    this.#startedMs = startedMs
    this.#knownSinceMs = new Float64Array(this.#table.sets)
    this.#firstCnonces = new BoundedMap(maxNonces)
  }

  /** The client nonce of the first answer, which a `-sess` algorithm keeps (RFC 7616 §3.4.2). */
  firstCnonce(nonce: string): string | undefined {
    return this.#firstCnonces.get(nonce)
  }

  /** Keeps the client nonce of the first right answer, unless it is longer than any client makes it. */
  keepFirstCnonce(nonce: string, cnonce: string): void {
    if (cnonce.length > LIMITS.maxDigestUserBytes || this.#firstCnonces.has(nonce)) return
    this.#firstCnonces.set(detached(nonce), detached(cnonce))
  }

  /**
   * Uses up one count; call it for a right answer only, or strangers could use up counts of others.
   * @param madeMs when the nonce was made
   * @param count 1…2^32-1
   * @param isOneTime any second use of the nonce is a replay
   */
  use(nonce: string, madeMs: number, count: number, isOneTime: boolean): CountUse {
    this.#key.begin()
    addPart(nonce)
    finishDigest()
    const first = digestWord(0)
    const second = digestWord(1)
    const set = this.#table.setOf(digestWord(2))
    const found = this.#table.find(set, first, second)
    if (found >= 0) return isOneTime || !this.#markUsed(found, count) ? 'replayed' : 'new'
    if (madeMs < this.#startedMs || madeMs < (this.#knownSinceMs[set] ?? 0)) return 'forgotten'
    const slot = this.#table.place(set)
    // The oldest goes, and from now on whatever is as old is not known.
    if (this.#table.isTaken(slot)) this.#knownSinceMs[set] = this.#table.worth(slot) + 1
    this.#table.put(slot, first, second, madeMs)
    this.#highest[slot] = count
    this.#low[slot] = 1
    this.#high[slot] = 0
    return 'new'
  }

  /** @returns false when the count was used, or is so old that it may have been */
  #markUsed(slot: number, count: number): boolean {
    const ahead = count - (this.#highest[slot] ?? 0)
    if (ahead > 0) {
      this.#slide(slot, ahead)
      this.#highest[slot] = count
      return true
    }
    const back = -ahead
    if (back >= WIDTH) return false
    const bits = back < 32 ? this.#low : this.#high
    const bit = 1 << (back & 31)
    const used = bits[slot] ?? 0
    if ((used & bit) !== 0) return false
    bits[slot] = used | bit
    return true
  }

  #slide(slot: number, by: number): void {
    const low = this.#low[slot] ?? 0
    const high = this.#high[slot] ?? 0
    if (by >= WIDTH) {
      this.#low[slot] = 1
      this.#high[slot] = 0
    } else if (by >= 32) {
      this.#low[slot] = 1
      this.#high[slot] = low << (by - 32)
    } else {
      this.#low[slot] = (low << by) | 1
      this.#high[slot] = (high << by) | (low >>> (32 - by))
    }
  }
}

/** The same text, without the message that it was cut from. */
function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
