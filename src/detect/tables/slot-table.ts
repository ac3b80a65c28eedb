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
  readonly #byKey = new Map<string, E>()
  readonly #entries: (E | undefined)[] = []
  readonly #chances: Uint8Array
  #hand = 0
  /** Keys that lost their place to another, since the start. */
  evicted = 0

  /**
   * @param maxEntries strict bound
   * @param make called for each new key; the old entry of the place is forgotten
   */
  constructor(maxEntries: number, make: (slot: number, generation: number, key: string) => E) {
    this.maxEntries = maxEntries
    this.#make = make
    this.#chances = new Uint8Array(maxEntries)
  }

  get size(): number {
    return this.#byKey.size
  }

  /** The entry of a key that is known; looking does not count as use. */
  peek(key: string): E | undefined {
    return this.#byKey.get(key)
  }

  /** The entry of a key, made when it is new. */
  of(key: string): E {
    const known = this.#byKey.get(key)
    if (known !== undefined) {
      this.touch(known)
      return known
    }
    const slot = this.#entries.length < this.maxEntries ? this.#entries.length : this.#freed()
    const before = this.#entries[slot]
    if (before !== undefined) {
      this.#byKey.delete(before.key)
      this.evicted += 1
    }
    const entry = this.#make(slot, (before?.generation ?? 0) + 1, key)
    this.#entries[slot] = entry
    this.#chances[slot] = 0
    this.#byKey.set(key, entry)
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
  entries(): IterableIterator<E> {
    return this.#byKey.values()
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
const KEPT_CHANCES = 8
