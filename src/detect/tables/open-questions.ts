import { PairCounts } from './pair-counts.ts'
import type { Slot } from './slot-table.ts'

const WAITING = 8192

/**
 * What owners began and did not finish: a pair of owner and key is asked, and settled when it ends well. One that is
 * not settled in time counts as left open. So a crowd that finishes what it begins leaves nothing, however large it is.
 * No allocation.
 */
export class OpenQuestions<Owner extends Slot> {
  readonly #asked: PairCounts
  readonly #left: PairCounts
  readonly #patienceMs: number
  readonly #owners: (Owner | undefined)[]
  readonly #keys = new Int32Array(WAITING)
  readonly #atMs = new Float64Array(WAITING)
  #first = 0
  #count = 0

  /**
   * @param owners bound of the owners' table
   * @param maxPairs a power of two
   * @param patienceMs until what is not settled counts as left open
   * @param lifeMs until what was left open is forgotten
   */
  constructor(owners: number, maxPairs: number, patienceMs: number, lifeMs: number) {
    this.#asked = new PairCounts(owners, maxPairs, patienceMs * 4)
    this.#left = new PairCounts(owners, maxPairs, lifeMs)
    this.#patienceMs = patienceMs
    this.#owners = new Array<Owner | undefined>(WAITING).fill(undefined)
  }

  /** The owner began something; how many different things it has not finished, those just begun included. */
  ask(owner: Owner, key: number, nowMs: number): number {
    // What it left open before and asks again stays one thing.
    if (this.#left.countOf(owner, key, nowMs) > 0) return this.openOf(owner)
    if (this.#asked.add(owner, key, nowMs).isNew && this.#count < WAITING) {
      const place = (this.#first + this.#count) % WAITING
      this.#owners[place] = owner
      this.#keys[place] = key
      this.#atMs[place] = nowMs
      this.#count += 1
    }
    return this.openOf(owner)
  }

  /** What it asked is known to have come to nothing. How many different things that were so. */
  leave(owner: Owner, key: number, nowMs: number): number {
    this.#asked.take(owner, key, nowMs)
    return this.#left.add(owner, key, nowMs).distinct
  }

  /** It finished what it began. */
  settle(owner: Owner, key: number, nowMs: number): void {
    this.#asked.take(owner, key, nowMs)
    this.#left.take(owner, key, nowMs)
  }

  /** Different things not finished, those just begun included. */
  openOf(owner: Owner): number {
    return this.#asked.distinctOf(owner) + this.#left.distinctOf(owner)
  }

  /** Different things that were not finished in time. */
  leftOf(owner: Owner): number {
    return this.#left.distinctOf(owner)
  }

  /**
   * To be called once a second: what was not settled in time counts as left open.
   * @param onLeft told for each of them
   */
  tick(nowMs: number, onLeft: (owner: Owner, key: number) => void): void {
    while (this.#count > 0 && nowMs - (this.#atMs[this.#first] ?? 0) >= this.#patienceMs) {
      const owner = this.#owners[this.#first]
      const key = this.#keys[this.#first] ?? 0
      this.#first = (this.#first + 1) % WAITING
      this.#count -= 1
      if (owner === undefined || this.#asked.take(owner, key, nowMs) === 0) continue
      this.#left.add(owner, key, nowMs)
      onLeft(owner, key)
    }
    this.#asked.sweep(nowMs)
    this.#left.sweep(nowMs)
  }
}
