import type { Slot } from './slot-table.ts'

const PLACES = 6
/** Words of a place: the network's slot, one more, 0 for none; its generation; when it was seen first and last, in seconds. */
const WORDS = 4
const GENERATION = 1
const FIRST = 2
const LAST = 3

/**
 * The networks that each account came from, with their first and last time; of an account the one that was quiet
 * longest goes. 100 octets an account, in one piece, made once.
 */
export class KnownNetworks {
  readonly #generations: Int32Array
  readonly #places: Int32Array

  /** @param accounts bound of their table */
  constructor(accounts: number) {
    this.#generations = new Int32Array(accounts)
    this.#places = new Int32Array(accounts * PLACES * WORDS)
  }

  /** The account is seen there. @returns since when it is known there, ms of the event clock, to the second */
  seen(account: Slot, { slot, generation }: Slot, nowMs: number): number {
    this.#own(account)
    const places = this.#places
    const first = account.slot * PLACES * WORDS
    const now = Math.floor(nowMs / 1000)
    let place = this.#find(first, slot, generation)
    if (place < 0) {
      place = this.#oldest(first)
      places[place] = slot + 1
      places[place + GENERATION] = generation
      places[place + FIRST] = now
    }
    places[place + LAST] = now
    return (places[place + FIRST] ?? now) * 1000
  }

  /** Whether another network of the account is known since before a time. */
  hasOlder(account: Slot, { slot, generation }: Slot, beforeMs: number): boolean {
    this.#own(account)
    const first = account.slot * PLACES * WORDS
    const here = this.#find(first, slot, generation)
    for (let place = first; place < first + PLACES * WORDS; place += WORDS)
      if (
        place !== here &&
        this.#places[place] !== 0 &&
        (this.#places[place + FIRST] ?? 0) * 1000 <= beforeMs
      )
        return true
    return false
  }

  /** What another account left in the same place is none of this one's. */
  #own({ slot, generation }: Slot): void {
    if (this.#generations[slot] === generation) return
    this.#generations[slot] = generation
    this.#places.fill(0, slot * PLACES * WORDS, (slot + 1) * PLACES * WORDS)
  }

  #find(first: number, slot: number, generation: number): number {
    for (let place = first; place < first + PLACES * WORDS; place += WORDS)
      if (this.#places[place] === slot + 1 && this.#places[place + GENERATION] === generation) return place
    return -1
  }

  /** A free place, or the one that was quiet longest. */
  #oldest(first: number): number {
    let oldest = first
    for (let place = first; place < first + PLACES * WORDS; place += WORDS) {
      if (this.#places[place] === 0) return place
      if ((this.#places[place + LAST] ?? 0) < (this.#places[oldest + LAST] ?? 0)) oldest = place
    }
    return oldest
  }
}
