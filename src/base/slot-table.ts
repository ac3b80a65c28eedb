/** Places that one key may have; with eight, a table filled to the half loses one entry in fifty to its neighbours. */
const WAYS = 8

/**
 * Where in typed columns an entry stands: a table of fixed size for keys that strangers choose, in sets of eight.
 *
 * A key is what a keyed hash made of it: two words tell it from others, a third names its set, so that nobody can aim
 * at an entry. When a set is full its least valuable entry goes. An entry takes 16 octets here and what the owner's
 * columns take, and nothing of it is for the garbage collector to look at; a Map of objects by text takes 200.
 */
export class SlotTable {
  /** Columns of the owner have as many elements. */
  readonly size: number
  readonly sets: number
  readonly #ways: number
  readonly #first: Int32Array
  readonly #second: Int32Array
  /** One more than what the entry is worth; 0: a free slot, so that a new table touches no memory. */
  readonly #worth: Float64Array

  /** @param maxEntries strict upper bound of entries, at least 1 */
  constructor(maxEntries: number) {
    this.#ways = Math.min(WAYS, maxEntries)
    this.sets = Math.max(1, Math.floor(maxEntries / this.#ways))
    this.size = this.#ways * this.sets
    this.#first = new Int32Array(this.size)
    this.#second = new Int32Array(this.size)
    this.#worth = new Float64Array(this.size)
  }

  /** The set of a key, below `sets`: everything about a key happens within it. */
  setOf(word: number): number {
    return (word >>> 0) % this.sets
  }

  /** The slot of a key, or -1. @param set from `setOf` */
  find(set: number, first: number, second: number): number {
    const start = set * this.#ways
    for (let slot = start; slot < start + this.#ways; slot++) {
      if (this.#first[slot] === first && this.#second[slot] === second && this.isTaken(slot)) return slot
    }
    return -1
  }

  /** Whether there is an entry: before `put` that of another key, which goes. */
  isTaken(slot: number): boolean {
    return this.#worth[slot] !== 0
  }

  /** What the entry is worth to its owner, the time of its last use, say; -1: there is none. */
  worth(slot: number): number {
    return (this.#worth[slot] ?? 0) - 1
  }

  /** The slot that a new key of the set is to have: a free one, or that of the entry worth least. */
  place(set: number): number {
    const start = set * this.#ways
    let least = start
    for (let slot = start + 1; slot < start + this.#ways; slot++) {
      if (this.worth(slot) < this.worth(least)) least = slot
    }
    return least
  }

  /** Writes a key into a slot from `place`; the owner's columns are for the owner to write. @param worth 0 or more */
  put(slot: number, first: number, second: number, worth: number): void {
    this.#first[slot] = first
    this.#second[slot] = second
    this.#worth[slot] = worth + 1
  }

  /** Changes what the entry is worth. @param worth 0 or more */
  renew(slot: number, worth: number): void {
    this.#worth[slot] = worth + 1
  }
}
