import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import { RingTable } from '../../base/ring-table.ts'
import { addPart, digestWord, finishDigest, type SipKey } from '../../base/sip-hash.ts'

/** `forgotten`: the nonce is older than our memory, so nobody knows whether the count was used. */
export type CountUse = 'new' | 'replayed' | 'forgotten'

const WIDTH = 64

/** Words of an entry, after the table's own three. */
const HIGHEST = 3
/** Bit i: count `highest - i` was used. */
const LOW = 4
/** Bit i: count `highest - 32 - i` was used. */
const HIGH = 5
/** In halves: when the nonce was made, ms. */
const MADE_MS = 6 / 2
const WORDS = 8

/**
 * Remembers which counts of which nonces were used (DIG-16): a sliding window of 64, for datagrams that
 * overtake one another.
 *
 * Memory is bounded: 36 octets a nonce. When the table turns over, and when the process starts, counts may have been
 * lost: nonces that were made before and are not in memory are called forgotten, and a fresh one costs the client one
 * round trip.
 */
export class NonceCounts {
  readonly #key: SipKey
  readonly #table: RingTable
  /** Nonces made before were lost, or may have been. */
  #knownSinceMs: number
  /** By nonce; of `-sess` algorithms only. */
  readonly #firstCnonces: BoundedMap<string, string>

  /**
   * @param key what nonces are told apart by
   * @param startedMs when the process started, Unix time in ms
   * @param maxNonces at least 2
   */
  constructor(key: SipKey, startedMs: number, maxNonces: number) {
    this.#key = key
    this.#table = new RingTable(maxNonces, WORDS)
    this.#knownSinceMs = startedMs
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
    const third = digestWord(2)
    const table = this.#table
    const found = table.find(first, second, third)
    if (found >= 0) return isOneTime || !markUsed(table.words, found, count) ? 'replayed' : 'new'
    if (madeMs < this.#knownSinceMs) return 'forgotten'
    const oldest = table.oldest()
    // What is as old as the one that goes may have gone before.
    if (oldest >= 0)
      this.#knownSinceMs = Math.max(this.#knownSinceMs, (table.floats[oldest / 2 + MADE_MS] ?? 0) + 1)
    const at = table.add(first, second, third)
    table.words[at + HIGHEST] = count
    table.words[at + LOW] = 1
    table.words[at + HIGH] = 0
    table.floats[at / 2 + MADE_MS] = madeMs
    return 'new'
  }
}

/** @returns false when the count was used, or is so old that it may have been */
function markUsed(words: Int32Array, at: number, count: number): boolean {
  const highest = (words[at + HIGHEST] ?? 0) >>> 0
  const ahead = count - highest
  if (ahead > 0) {
    slide(words, at, ahead)
    words[at + HIGHEST] = count
    return true
  }
  const back = -ahead
  if (back >= WIDTH) return false
  const bits = at + (back < 32 ? LOW : HIGH)
  const bit = 1 << (back & 31)
  const used = words[bits] ?? 0
  if ((used & bit) !== 0) return false
  words[bits] = used | bit
  return true
}

function slide(words: Int32Array, at: number, by: number): void {
  const low = words[at + LOW] ?? 0
  const high = words[at + HIGH] ?? 0
  if (by >= WIDTH) {
    words[at + LOW] = 1
    words[at + HIGH] = 0
  } else if (by >= 32) {
    words[at + LOW] = 1
    words[at + HIGH] = low << (by - 32)
  } else {
    words[at + LOW] = (low << by) | 1
    words[at + HIGH] = (high << by) | (low >>> (32 - by))
  }
}

/** The same text, without the message that it was cut from. */
function detached(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
