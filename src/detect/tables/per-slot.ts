import type { Slot } from './slot-table.ts'

/**
 * State that few places of a table need, made when first asked for: a detector that counts failures keeps nothing for
 * who never failed. Bounded: when it is full a hand goes round, spares once what was asked for since its last visit,
 * and takes the next. Found by the number of the place: a map would cost a microsecond for each that comes and goes.
 */
export class PerSlot<T> {
  readonly #maxEntries: number
  readonly #make: () => T
  /** For each place of the table: where its state is, plus one. */
  readonly #places: Int32Array
  readonly #slots: number[] = []
  readonly #generations: number[] = []
  readonly #values: (T | undefined)[] = []
  readonly #wasUsed: boolean[] = []
  #hand = 0

  /** @param slots bound of the table @param maxEntries how many states are held, at least 1 */
  constructor(slots: number, maxEntries: number, make: () => T) {
    this.#maxEntries = Math.min(slots, maxEntries)
    this.#make = make
    this.#places = new Int32Array(slots)
  }

  of(owner: Slot): T {
    return this.peek(owner) ?? this.#made(owner)
  }

  peek({ slot, generation }: Slot): T | undefined {
    const place = (this.#places[slot] ?? 0) - 1
    if (place < 0 || this.#generations[place] !== generation) return undefined
    this.#wasUsed[place] = true
    return this.#values[place]
  }

  delete({ slot }: Slot): void {
    const place = (this.#places[slot] ?? 0) - 1
    if (place >= 0) this.#values[place] = undefined
  }

  #made({ slot, generation }: Slot): T {
    const known = (this.#places[slot] ?? 0) - 1
    const place = known >= 0 ? known : this.#room()
    const value = this.#make()
    this.#places[slot] = place + 1
    this.#slots[place] = slot
    this.#generations[place] = generation
    this.#values[place] = value
    this.#wasUsed[place] = false
    return value
  }

  #room(): number {
    if (this.#values.length < this.#maxEntries) return this.#values.length
    while (this.#wasUsed[this.#hand] === true) {
      this.#wasUsed[this.#hand] = false
      this.#hand = (this.#hand + 1) % this.#maxEntries
    }
    const place = this.#hand
    this.#hand = (place + 1) % this.#maxEntries
    this.#places[this.#slots[place] ?? 0] = 0
    return place
  }
}
