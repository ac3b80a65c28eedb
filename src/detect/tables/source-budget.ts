import type { Seen } from '../sighting.ts'
import { LeakyBuckets } from './leaky-buckets.ts'
import { isKnown } from './strangers.ts'

export interface SourceBudgetOptions {
  /** Bound of the table of sources. */
  readonly slots: number
  /** What a source may do for ever. */
  readonly perSecond: number
  /** What it may do beyond that at once. */
  readonly burst: number
  /** How much more those may do where own users logged in within a day: an office is many phones. */
  readonly knownFactor: number
  /** How much more a neighbour may; 0: it is not counted. */
  readonly trunkFactor: number
}

/**
 * What each source may do of something unwanted. Who has proved more, and speaks for more people, has more; the allowed
 * are not counted.
 */
export class SourceBudget {
  readonly #buckets: LeakyBuckets
  readonly #options: SourceBudgetOptions

  constructor(options: SourceBudgetOptions) {
    this.#options = options
    this.#buckets = new LeakyBuckets(options.slots, options.perSecond)
  }

  /** @returns 0 while the source is within its budget; else how far its bucket was filled, which is then emptied */
  spend({ source, atMs }: Seen, amount = 1): number {
    const { knownFactor, trunkFactor } = this.#options
    const isTrunk = source.trunk !== undefined
    if (source.isAllowed || (isTrunk && trunkFactor === 0)) return 0
    const level = this.#buckets.pour(source, amount, atMs)
    if (level <= this.#options.burst) return 0
    const factor = isTrunk ? trunkFactor : isKnown(source, atMs) ? knownFactor : 1
    if (level <= this.#options.burst * factor) return 0
    this.#buckets.empty(source)
    return level
  }
}
