/**
 * A bounded table for keys that strangers choose, in one piece of memory: entries stand in a ring in the order in which
 * they came, and a new one takes the place of the oldest.
 *
 * A key is what a keyed hash made of it: two words tell it from others, a third finds it, so that nobody can make keys
 * that meet. Entries with one place in `#newest` are a chain, each naming the one before it. Nothing is ever taken
 * out: what a chain names may have been overwritten, and is then younger than what named it, which ends the chain.
 *
 * An entry is a line or two of the cache, new ones stand side by side, and nothing is for the garbage collector to look
 * at: a Map of objects by text costs 200 octets an entry, and three or four misses of the cache more.
 */
export class RingTable {
  /** `wordsPerEntry` words an entry; the first three are the table's, the rest is the owner's. */
  readonly words: Int32Array
  /** The same memory as numbers of 64 bits, half as many. */
  readonly floats: Float64Array
  readonly #wordsPerEntry: number
  readonly #maxEntries: number
  /** By hash: the youngest entry of the chain, its number and one; 0: none. */
  readonly #newest: Int32Array
  #last = -1
  #count = 0

  /**
   * @param maxEntries strict upper bound of entries, 1 to 2^24
   * @param wordsPerEntry words of 32 bits, an even number
   */
  constructor(maxEntries: number, wordsPerEntry: number) {
    this.#maxEntries = maxEntries
    this.#wordsPerEntry = wordsPerEntry
    const memory = new ArrayBuffer(maxEntries * wordsPerEntry * 4)
    this.words = new Int32Array(memory)
    this.floats = new Float64Array(memory)
    this.#newest = new Int32Array(2 ** Math.ceil(Math.log2(maxEntries)))
  }

  /** Where the words of that key's youngest entry begin, or -1. */
  find(first: number, second: number, third: number): number {
    let entry = (this.#newest[third & (this.#newest.length - 1)] ?? 0) - 1
    let age = -1
    while (entry >= 0) {
      const itsAge = this.#age(entry)
      if (itsAge <= age) return -1
      const at = entry * this.#wordsPerEntry
      if (this.words[at] === first && this.words[at + 1] === second) return at
      age = itsAge
      entry = (this.words[at + 2] ?? 0) - 1
    }
    return -1
  }

  /** Where the words begin that the next `add` overwrites, or -1 while there is room. */
  oldest(): number {
    return this.#count < this.#maxEntries ? -1 : this.#after(this.#last) * this.#wordsPerEntry
  }

  /** A new entry, in the place of the oldest when there is no room; its owner's words are as they were there. */
  add(first: number, second: number, third: number): number {
    const entry = this.#after(this.#last)
    this.#last = entry
    if (this.#count < this.#maxEntries) this.#count += 1
    const at = entry * this.#wordsPerEntry
    const chain = third & (this.#newest.length - 1)
    this.words[at] = first
    this.words[at + 1] = second
    this.words[at + 2] = this.#newest[chain] ?? 0
    this.#newest[chain] = entry + 1
    return at
  }

  /** Whether the entry will be overwritten before half of the ring is: what is in use is to be added again. */
  isOld(at: number): boolean {
    return this.#age(at / this.#wordsPerEntry) * 2 > this.#maxEntries
  }

  /** How many entries came since. */
  #age(entry: number): number {
    const behind = this.#last - entry
    return behind < 0 ? behind + this.#maxEntries : behind
  }

  #after(entry: number): number {
    return entry + 1 === this.#maxEntries ? 0 : entry + 1
  }
}
