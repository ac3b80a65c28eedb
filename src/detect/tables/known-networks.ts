import type { Slot } from './slot-table.ts'

const PLACES = 8
/** Words of a place: the network's slot and generation. Times stand beside them, two to a place. */
const WORDS = 2

/**
 * The networks that each account came from, with their first and last time; of an account the one that was quiet
 * longest goes. 200 octets an account, made once.
 */
export class KnownNetworks {
  readonly #generations: Int32Array
  readonly #networks: Int32Array
  /** First and last time of each place. */
  readonly #timesMs: Float64Array

  /** @param accounts bound of their table */
  constructor(accounts: number) {
    this.#generations = new Int32Array(accounts)
    this.#networks = new Int32Array(accounts * PLACES * WORDS)
    this.#timesMs = new Float64Array(accounts * PLACES * 2)
  }

  /** The account is seen there. @returns since when it is known there, ms of the event clock */
  seen(account: Slot, { slot, generation }: Slot, nowMs: number): number {
    this.#own(account)
    const first = account.slot * PLACES
    let place = this.#find(first, slot, generation)
    if (place < 0) {
      place = this.#oldest(first)
      this.#networks[place * WORDS] = slot + 1
      this.#networks[place * WORDS + 1] = generation
      this.#timesMs[place * 2] = nowMs
    }
    this.#timesMs[place * 2 + 1] = nowMs
    return this.#timesMs[place * 2] ?? nowMs
  }

  /** Whether another network of the account is known since before a time. */
  hasOlder(account: Slot, { slot, generation }: Slot, beforeMs: number): boolean {
    this.#own(account)
    const first = account.slot * PLACES
    const here = this.#find(first, slot, generation)
    for (let place = first; place < first + PLACES; place += 1)
      if (
        place !== here &&
        this.#networks[place * WORDS] !== 0 &&
        (this.#timesMs[place * 2] ?? 0) <= beforeMs
      )
        return true
    return false
  }

  /** What another account left in the same place is none of this one's. */
  #own({ slot, generation }: Slot): void {
    if (this.#generations[slot] === generation) return
    this.#generations[slot] = generation
    this.#networks.fill(0, slot * PLACES * WORDS, (slot + 1) * PLACES * WORDS)
  }

  #find(first: number, slot: number, generation: number): number {
    for (let place = first; place < first + PLACES; place += 1)
      if (this.#networks[place * WORDS] === slot + 1 && this.#networks[place * WORDS + 1] === generation)
        return place
    return -1
  }

  /** A free place, or the one that was quiet longest. */
  #oldest(first: number): number {
    let oldest = first
    for (let place = first; place < first + PLACES; place += 1) {
      if (this.#networks[place * WORDS] === 0) return place
      if ((this.#timesMs[place * 2 + 1] ?? 0) < (this.#timesMs[oldest * 2 + 1] ?? 0)) oldest = place
    }
    return oldest
  }
}
