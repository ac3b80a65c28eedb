/** Rows that one key may stand in. */
const WAYS = 4

/**
 * How many different things each of many keys showed lately, exact up to a small number: which names a source called,
 * which prefixes it tried. Bounded and made once: a new key takes the place of the row among four that was quiet for
 * longest. Keys and things are 32-bit hashes. Eight octets a thing, in one piece of memory a row.
 */
export class FewDistinct {
  /** What is counted of one key at most. */
  readonly width: number
  readonly #windowMs: number
  readonly #mask: number
  /** Two words a row: its key, and when it was touched last. */
  readonly #rows: Int32Array
  /** Two words a place: the thing, and when it was seen last. */
  readonly #places: Int32Array

  /**
   * @param rows bound of keys; a power of two, at least 4
   * @param width 2 to 64
   * @param windowMs what was not seen for so long counts no more; at most 24 days
   */
  constructor(rows: number, width: number, windowMs: number) {
    this.width = width
    this.#windowMs = windowMs
    this.#mask = rows / WAYS - 1
    this.#rows = new Int32Array(rows * 2)
    this.#places = new Int32Array(rows * width * 2)
  }

  /** Adds one; how many different ones the key showed within the window. @param nowMs of the event clock */
  add(key: number, thing: number, nowMs: number): number {
    const row = this.#rowFor(key | 0, nowMs)
    const places = this.#places
    this.#rows[row * 2 + 1] = stamp(nowMs)
    const first = row * this.width * 2
    const end = first + this.width * 2
    let count = 0
    let place = -1
    let oldest = first
    let oldestAgeMs = -1
    for (let at = first; at < end; at += 2) {
      const ageMs = ageOf(places[at + 1] ?? NEVER, nowMs)
      if (ageMs <= this.#windowMs) {
        count += 1
        if (places[at] === (thing | 0)) place = at
      }
      if (ageMs > oldestAgeMs) {
        oldest = at
        oldestAgeMs = ageMs
      }
    }
    if (place < 0) {
      place = oldest
      places[place] = thing
      if (count < this.width) count += 1
    }
    places[place + 1] = stamp(nowMs)
    return count
  }

  /** How many there are now. */
  count(key: number, nowMs: number): number {
    const row = this.#find(key | 0)
    if (row < 0) return 0
    let count = 0
    for (let at = row * this.width * 2; at < (row + 1) * this.width * 2; at += 2)
      if (ageOf(this.#places[at + 1] ?? NEVER, nowMs) <= this.#windowMs) count += 1
    return count
  }

  /** Forgets a key. */
  clear(key: number): void {
    const row = this.#find(key | 0)
    if (row < 0) return
    this.#rows[row * 2 + 1] = NEVER
    this.#places.fill(NEVER, row * this.width * 2, (row + 1) * this.width * 2)
  }

  #find(key: number): number {
    const first = (key & this.#mask) * WAYS
    for (let row = first; row < first + WAYS; row += 1)
      if (this.#rows[row * 2] === key && this.#rows[row * 2 + 1] !== NEVER) return row
    return -1
  }

  #rowFor(key: number, nowMs: number): number {
    const found = this.#find(key)
    if (found >= 0) return found
    const first = (key & this.#mask) * WAYS
    let row = first
    let quietMs = -1
    for (let other = first; other < first + WAYS; other += 1) {
      const ageMs = ageOf(this.#rows[other * 2 + 1] ?? NEVER, nowMs)
      if (ageMs <= quietMs) continue
      row = other
      quietMs = ageMs
    }
    this.#rows[row * 2] = key
    this.#places.fill(NEVER, row * this.width * 2, (row + 1) * this.width * 2)
    return row
  }
}

/** A stamp that no time has. */
const NEVER = 0

/** The event clock's milliseconds in 32 bits: they come round in 49 days, longer than anything is kept. */
function stamp(nowMs: number): number {
  return Math.floor(nowMs) | 0 || -1
}

function ageOf(stamped: number, nowMs: number): number {
  return stamped === NEVER ? Number.POSITIVE_INFINITY : (Math.floor(nowMs) - stamped) >>> 0
}

/** One key of two, well mixed. @param salt keyed, so that nobody outside can tell which keys share a row */
export function mixed(salt: number, a: number, b = 0): number {
  let hash = Math.imul(salt ^ a, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0x85ebca6b)
  hash ^= hash >>> 13
  return Math.imul(hash, 0xc2b2ae35) ^ (hash >>> 16)
}
