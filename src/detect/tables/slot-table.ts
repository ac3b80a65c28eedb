/** A place in a bounded table; equal generations mean that it still belongs to whom it did. */
export interface Slot {
  /** 0 to the table's bound, less one. */
  readonly slot: number
  /** Goes up each time the place is given to another key. */
  readonly generation: number
}

/** An entry of a `SlotTable`: what its owner keeps beside the place. */
export interface SlotEntry extends Slot {
  readonly key: string
}

/**
 * Numbers for keys that strangers choose: a bounded table whose places are given to others when it is full, first
 * those that were not used lately. What is marked as kept goes last. Detectors keep typed arrays by these numbers, so
 * that a message costs one look-up however many of them there are.
 *
 * Eviction is the clock algorithm: a hand goes round, spares once what was used since its last visit, and twice what is
 * kept; each new key moves it by a few places.
 */
export class SlotTable<E extends SlotEntry> {
  readonly maxEntries: number
  readonly #make: (slot: number, generation: number, key: string) => E
  readonly #entries: (E | undefined)[] = []
  readonly #chances: Uint8Array
  readonly #seed: number
  /**
   * First slot of each hash, plus one, and the next slot with the same, plus one. A map of texts costs a microsecond for
   * each key that takes another's place, and is built anew again and again.
   */
  readonly #firsts: Int32Array
  readonly #nexts: Int32Array
  readonly #hashes: Int32Array
  #last: E | undefined
  #size = 0
  #hand = 0
  /** Keys that lost their place to another, since the start. */
  evicted = 0

  /**
   * @param maxEntries strict bound
   * @param make called for each new key; the old entry of the place is forgotten
   * @param seed secret, so that strangers cannot choose keys that meet
   */
  constructor(maxEntries: number, make: (slot: number, generation: number, key: string) => E, seed = 0) {
    this.maxEntries = maxEntries
    this.#make = make
    this.#seed = seed
    this.#chances = new Uint8Array(maxEntries)
    this.#firsts = new Int32Array(2 ** Math.ceil(Math.log2(maxEntries * 2)))
    this.#nexts = new Int32Array(maxEntries)
    this.#hashes = new Int32Array(maxEntries)
  }

  get size(): number {
    return this.#size
  }

  /** The entry of a key that is known; looking does not count as use. */
  peek(key: string): E | undefined {
    // One after the other, detectors ask for the same.
    const last = this.#last
    if (last !== undefined && last.key === key) return last
    const known = this.#find(key, this.#hash(key))
    if (known !== undefined) this.#last = known
    return known
  }

  /** The entry of a key, made when it is new. */
  of(key: string): E {
    const known = this.peek(key)
    if (known !== undefined) {
      this.touch(known)
      return known
    }
    const slot = this.#entries.length < this.maxEntries ? this.#entries.length : this.#freed()
    const before = this.#entries[slot]
    if (before !== undefined) {
      this.#forget(before)
      this.evicted += 1
    }
    const entry = this.#make(slot, (before?.generation ?? 0) + 1, key)
    const hash = this.#hash(key)
    const place = hash & (this.#firsts.length - 1)
    this.#entries[slot] = entry
    this.#chances[slot] = 0
    this.#hashes[slot] = hash
    this.#nexts[slot] = this.#firsts[place] ?? 0
    this.#firsts[place] = slot + 1
    this.#size += 1
    return entry
  }

  /** Says that an entry is in use. */
  touch(entry: E): void {
    const chances = this.#chances[entry.slot] ?? 0
    if (chances === 0) this.#chances[entry.slot] = 1
  }

  /** Makes an entry the last to go; a quarter of the table at most is worth keeping so. */
  keep(entry: E): void {
    this.#chances[entry.slot] = KEPT_CHANCES
  }

  /** Whether the entry still has its place. */
  holds(entry: E): boolean {
    return this.#entries[entry.slot] === entry
  }

  /** All entries. */
  *entries(): IterableIterator<E> {
    for (const entry of this.#entries) if (entry !== undefined) yield entry
  }

  #find(key: string, hash: number): E | undefined {
    let slot = (this.#firsts[hash & (this.#firsts.length - 1)] ?? 0) - 1
    while (slot >= 0) {
      if (this.#hashes[slot] === hash) {
        const entry = this.#entries[slot]
        if (entry !== undefined && entry.key === key) return entry
      }
      slot = (this.#nexts[slot] ?? 0) - 1
    }
    return undefined
  }

  #forget({ slot }: E): void {
    const place = (this.#hashes[slot] ?? 0) & (this.#firsts.length - 1)
    const next = this.#nexts[slot] ?? 0
    let at = (this.#firsts[place] ?? 0) - 1
    if (at === slot) this.#firsts[place] = next
    else {
      while (at >= 0 && this.#nexts[at] !== slot + 1) at = (this.#nexts[at] ?? 0) - 1
      if (at >= 0) this.#nexts[at] = next
    }
    if (this.#last?.slot === slot) this.#last = undefined
    this.#entries[slot] = undefined
    this.#size -= 1
  }

  #hash(key: string): number {
    let hash = this.#seed ^ key.length
    for (let i = 0; i < key.length; i += 1) {
      hash = Math.imul(hash ^ key.charCodeAt(i), 0x85eb_ca6b)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash, 0xc2b2_ae35)
    return hash ^ (hash >>> 16)
  }

  #freed(): number {
    for (;;) {
      const slot = this.#hand
      this.#hand = (slot + 1) % this.maxEntries
      const chances = this.#chances[slot] ?? 0
      if (chances === 0) return slot
      this.#chances[slot] = chances - 1
    }
  }
}

/** Rounds of the hand that something kept survives without use. */
const KEPT_CHANCES = 16
