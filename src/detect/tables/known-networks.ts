import type { Slot } from './slot-table.ts'

const PLACES = 8

/** The networks that an account came from, each with its first and last time; the one that was quiet longest goes. */
export class KnownNetworks {
  readonly #slots = new Int32Array(PLACES).fill(-1)
  readonly #generations = new Int32Array(PLACES)
  readonly #firstMs = new Float64Array(PLACES)
  readonly #lastMs = new Float64Array(PLACES).fill(Number.NEGATIVE_INFINITY)

  /** The account is seen there. @returns since when it is known there, ms of the event clock */
  seen({ slot, generation }: Slot, nowMs: number): number {
    let place = this.#find(slot, generation)
    if (place < 0) {
      place = this.#oldest()
      this.#slots[place] = slot
      this.#generations[place] = generation
      this.#firstMs[place] = nowMs
    }
    this.#lastMs[place] = nowMs
    return this.#firstMs[place] ?? nowMs
  }

  /** Whether another network is known since before a time. */
  hasOlder({ slot, generation }: Slot, beforeMs: number): boolean {
    const here = this.#find(slot, generation)
    for (let place = 0; place < PLACES; place += 1)
      if (place !== here && (this.#slots[place] ?? -1) >= 0 && (this.#firstMs[place] ?? 0) <= beforeMs)
        return true
    return false
  }

  #find(slot: number, generation: number): number {
    for (let place = 0; place < PLACES; place += 1)
      if (this.#slots[place] === slot && this.#generations[place] === generation) return place
    return -1
  }

  #oldest(): number {
    let oldest = 0
    for (let place = 1; place < PLACES; place += 1)
      if ((this.#lastMs[place] ?? 0) < (this.#lastMs[oldest] ?? 0)) oldest = place
    return oldest
  }
}
