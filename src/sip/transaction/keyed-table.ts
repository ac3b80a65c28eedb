import type { TransactionKey } from './key.ts'

/** What stands in a table. */
export interface Keyed {
  readonly key: TransactionKey
}

const FIRST_SLOTS = 256

/**
 * Transactions by key: open addressing with linear steps, at most half full.
 *
 * A `Map` in which entries come and go writes itself anew every few of them, and what it leaves behind lies in the old
 * heap and still names the entries of that moment: the collector then carries nine of ten transactions over, with
 * their messages, though they ended long ago. Here an entry that goes leaves nothing.
 */
export class KeyedTable<T extends Keyed> {
  #slots: (T | undefined)[] = emptySlots(FIRST_SLOTS)
  #size = 0

  get size(): number {
    return this.#size
  }

  find(key: TransactionKey): T | undefined {
    const { first, second } = key
    const slots = this.#slots
    const last = slots.length - 1
    for (let slot = second & last; ; slot = (slot + 1) & last) {
      const value = slots[slot]
      if (value === undefined) return undefined
      if (value.key.second === second && value.key.first === first) return value
    }
  }

  /** @param value of a key that is not there */
  add(value: T): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#grow()
    this.#put(value)
    this.#size += 1
  }

  /** @returns whether it was there */
  remove(value: T): boolean {
    const slots = this.#slots
    const last = slots.length - 1
    let hole = value.key.second & last
    for (; slots[hole] !== value; hole = (hole + 1) & last) if (slots[hole] === undefined) return false
    // Those behind it move up, so that no look-up ends too early.
    for (let slot = (hole + 1) & last; ; slot = (slot + 1) & last) {
      const next = slots[slot]
      if (next === undefined) break
      const home = next.key.second & last
      const isBetween = hole <= slot ? hole < home && home <= slot : hole < home || home <= slot
      if (isBetween) continue
      slots[hole] = next
      hole = slot
    }
    slots[hole] = undefined
    this.#size -= 1
    return true
  }

  /** Everything in it, as it stands now. */
  values(): readonly T[] {
    return this.#slots.filter(value => value !== undefined)
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = emptySlots(2 * old.length)
    for (const value of old) if (value !== undefined) this.#put(value)
  }

  #put(value: T): void {
    const slots = this.#slots
    const last = slots.length - 1
    let slot = value.key.second & last
    while (slots[slot] !== undefined) slot = (slot + 1) & last
    slots[slot] = value
  }
}

function emptySlots<T>(count: number): (T | undefined)[] {
  return new Array<T | undefined>(count).fill(undefined)
}
