/** Cells of the sketch; a power of two. */
const CELLS = 4096
const WINDOW_MS = 1000
/** No network gets more than this part of what strangers get in a second, while others want it. */
const MOST = 1 / 8
/** So many messages of a network are never too many. */
const LEAST = 50

/**
 * How much of the strangers' time each network took in this second: who owns one network cannot have the time of all
 * others. A sketch of fixed size; networks that share a cell share what it counts.
 */
export class NetworkShares {
  readonly #counts = new Uint16Array(CELLS)
  #windowMs = 0
  #most = LEAST

  get bytes(): number {
    return this.#counts.byteLength
  }

  /** Whether a network had its part. */
  isHeavy(hash: number, nowMs: number): boolean {
    if (nowMs - this.#windowMs >= WINDOW_MS) return false
    return (this.#counts[hash & (CELLS - 1)] ?? 0) >= this.#most
  }

  /**
   * A message of a network is read.
   * @param perMs messages of strangers that there is time for
   */
  count(hash: number, nowMs: number, perMs: number): void {
    if (nowMs - this.#windowMs >= WINDOW_MS) {
      this.#counts.fill(0)
      this.#windowMs = nowMs
    }
    this.#most = Math.max(LEAST, perMs * WINDOW_MS * MOST)
    const cell = hash & (CELLS - 1)
    const count = this.#counts[cell] ?? 0
    if (count < 0xffff) this.#counts[cell] = count + 1
  }
}
