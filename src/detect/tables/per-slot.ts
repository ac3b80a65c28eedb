import { BoundedMap } from '../../base/bounded-map.ts'
import type { Slot } from './slot-table.ts'

interface Kept<T> {
  readonly generation: number
  readonly value: T
}

/**
 * State that few places of a table need, made when first asked for: a detector that counts failures keeps nothing for
 * who never failed. Bounded; the least recently used goes.
 */
export class PerSlot<T> {
  readonly #kept: BoundedMap<number, Kept<T>>
  readonly #make: () => T

  constructor(maxEntries: number, make: () => T) {
    this.#kept = new BoundedMap(maxEntries)
    this.#make = make
  }

  of({ slot, generation }: Slot): T {
    const kept = this.#kept.get(slot)
    if (kept?.generation === generation) return kept.value
    const value = this.#make()
    this.#kept.set(slot, { generation, value })
    return value
  }

  peek({ slot, generation }: Slot): T | undefined {
    const kept = this.#kept.get(slot)
    return kept?.generation === generation ? kept.value : undefined
  }

  delete({ slot }: Slot): void {
    this.#kept.delete(slot)
  }
}
