import { BoundedMap } from '../../base/bounded-map.ts'

/** The counts of one nonce that were used: the highest, and which of the 63 below it. */
interface Window {
  highest: number
  /** Bit i: count `highest - i` was used. */
  low: number
  /** Bit i: count `highest - 32 - i` was used. */
  high: number
  /** The client nonce of the first answer, which a `-sess` algorithm keeps (RFC 7616 §3.4.2). */
  readonly firstCnonce: string
}

/** `forgotten`: the nonce is older than our memory, so nobody knows whether the count was used. */
export type CountUse = 'new' | 'replayed' | 'forgotten'

const WIDTH = 64

/**
 * Remembers which counts of which nonces were used (DIG-16): a sliding window of 64, for datagrams that
 * overtake one another.
 *
 * Memory is bounded. When it turns over, and when the process starts, counts may have been lost: nonces that
 * were made before and are not in memory are called forgotten, and a fresh one costs the client one round trip.
 */
export class NonceCounts {
  readonly #windows: BoundedMap<string, Window>
  #knownSinceMs: number

  /** @param startedMs when the process started, Unix time in ms @param maxNonces at least 2 */
  constructor(startedMs: number, maxNonces: number) {
    this.#windows = new BoundedMap(maxNonces)
    this.#knownSinceMs = startedMs
  }

  /** The client nonce that came first with this nonce, when there was one. */
  firstCnonce(nonce: string): string | undefined {
    return this.#windows.get(nonce)?.firstCnonce
  }

  /**
   * Uses up one count; call it for a right answer only, or strangers could use up counts of others.
   * @param madeMs when the nonce was made
   * @param count 1…2^32-1
   * @param isOneTime any second use of the nonce is a replay
   */
  use(
    nonce: string,
    madeMs: number,
    count: number,
    nowMs: number,
    cnonce: string,
    isOneTime: boolean,
  ): CountUse {
    const window = this.#windows.get(nonce)
    if (window !== undefined) return isOneTime || !markUsed(window, count) ? 'replayed' : 'new'
    if (madeMs < this.#knownSinceMs) return 'forgotten'
    const evicted = this.#windows.evicted
    this.#windows.set(nonce, { highest: count, low: 1, high: 0, firstCnonce: cnonce })
    if (this.#windows.evicted !== evicted) this.#knownSinceMs = nowMs
    return 'new'
  }
}

/** @returns false when the count was used, or is so old that it may have been */
function markUsed(window: Window, count: number): boolean {
  const ahead = count - window.highest
  if (ahead > 0) {
    slide(window, ahead)
    window.highest = count
    window.low |= 1
    return true
  }
  const back = -ahead
  if (back >= WIDTH) return false
  const bit = 1 << (back & 31)
  if (back < 32) {
    if ((window.low & bit) !== 0) return false
    window.low |= bit
  } else {
    if ((window.high & bit) !== 0) return false
    window.high |= bit
  }
  return true
}

function slide(window: Window, by: number): void {
  if (by >= WIDTH) {
    window.low = 0
    window.high = 0
  } else if (by >= 32) {
    window.high = window.low << (by - 32)
    window.low = 0
  } else {
    window.high = (window.high << by) | (window.low >>> (32 - by))
    window.low <<= by
  }
}
