/** Rows that one key may stand in. */
const WAYS = 4

/**
 * How many different things each of many keys showed lately, exact up to a small number: which names a source called,
 * which prefixes it tried. Bounded and made once: a new key takes the place of the row among four that was quiet for
 * longest. Keys and things are 32-bit hashes.
 */
export class FewDistinct {
  /** What is counted of one key at most. */
  readonly width: number
  readonly #windowMs: number
  readonly #mask: number
  readonly #keys: Int32Array
  readonly #touchedMs: Float64Array
  readonly #things: Int32Array
  readonly #seenMs: Float64Array

  /**
   * @param rows bound of keys; a power of two, at least 4
   * @param width 2 to 64
   * @param windowMs what was not seen for so long counts no more
   */
  constructor(rows: number, width: number, windowMs: number) {
    this.width = width
    this.#windowMs = windowMs
    this.#mask = rows / WAYS - 1
    this.#keys = new Int32Array(rows)
    this.#touchedMs = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY)
    this.#things = new Int32Array(rows * width)
    this.#seenMs = new Float64Array(rows * width).fill(Number.NEGATIVE_INFINITY)
  }

  /** Adds one; how many different ones the key showed within the window. @param nowMs of the event clock */
  add(key: number, thing: number, nowMs: number): number {
    const row = this.#rowFor(key | 0)
    this.#touchedMs[row] = nowMs
    const first = row * this.width
    const end = first + this.width
    let count = 0
    let place = -1
    let oldest = first
    for (let at = first; at < end; at += 1) {
      const seenMs = this.#seenMs[at] ?? 0
      if (nowMs - seenMs <= this.#windowMs) {
        count += 1
        if (this.#things[at] === (thing | 0)) place = at
      }
      if (seenMs < (this.#seenMs[oldest] ?? 0)) oldest = at
    }
    if (place < 0) {
      place = oldest
      this.#things[place] = thing
      if (count < this.width) count += 1
    }
    this.#seenMs[place] = nowMs
    return count
  }

  /** How many there are now. */
  count(key: number, nowMs: number): number {
    const row = this.#find(key | 0)
    if (row < 0) return 0
    let count = 0
    for (let at = row * this.width; at < (row + 1) * this.width; at += 1)
      if (nowMs - (this.#seenMs[at] ?? 0) <= this.#windowMs) count += 1
    return count
  }

  /** Forgets a key. */
  clear(key: number): void {
    const row = this.#find(key | 0)
    if (row < 0) return
    this.#touchedMs[row] = Number.NEGATIVE_INFINITY
    this.#seenMs.fill(Number.NEGATIVE_INFINITY, row * this.width, (row + 1) * this.width)
  }

  #find(key: number): number {
    const first = (key & this.#mask) * WAYS
    for (let row = first; row < first + WAYS; row += 1)
      if (this.#keys[row] === key && this.#touchedMs[row] !== Number.NEGATIVE_INFINITY) return row
    return -1
  }

  #rowFor(key: number): number {
    const found = this.#find(key)
    if (found >= 0) return found
    const first = (key & this.#mask) * WAYS
    let row = first
    for (let other = first + 1; other < first + WAYS; other += 1)
      if ((this.#touchedMs[other] ?? 0) < (this.#touchedMs[row] ?? 0)) row = other
    this.#keys[row] = key
    this.#seenMs.fill(Number.NEGATIVE_INFINITY, row * this.width, (row + 1) * this.width)
    return row
  }
}

/** One key of two, well mixed. @param salt keyed, so that nobody outside can tell which keys share a row */
export function mixed(salt: number, a: number, b = 0): number {
  let hash = Math.imul(salt ^ a, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x85ebca6b)
  hash ^= hash >>> 13
  return Math.imul(hash, 0xc2b2ae35) ^ (hash >>> 16)
}
