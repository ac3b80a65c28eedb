import type { Slot } from './slot-table.ts'

const WAYS = 4
/** Odd, from the golden ratio: spreads neighbouring slots. */
const SPREAD = 0x9e3779b1
const SWEEPS_PER_LIFE = 3600

/** What became of a pair that was counted. */
export interface PairCounted {
  /** Of this pair, this time included. */
  count: number
  /** Different keys of the same owner that are counted now, and all their counts together. */
  distinct: number
  total: number
  /** The pair was not there before. */
  isNew: boolean
}

/**
 * How often an owner (a source, a prefix) met a key (an account, a name that was asked for) without a good end: what
 * ends well is taken away again, so that what is left is what never did. Exact while there is room; a full bucket of
 * four loses its oldest pair. 24 octets a pair, no allocation.
 */
export class PairCounts {
  readonly #keys: Int32Array
  readonly #slots: Int32Array
  readonly #generations: Int32Array
  readonly #counts: Uint16Array
  readonly #atMs: Float64Array
  readonly #mask: number
  readonly #lifeMs: number
  readonly #ownerGenerations: Int32Array
  readonly #distinct: Int32Array
  readonly #totals: Int32Array
  readonly #counted: PairCounted = { count: 0, distinct: 0, total: 0, isNew: false }
  #swept = 0

  /**
   * @param owners bound of the owners' table
   * @param maxPairs a power of two
   * @param lifeMs a pair is forgotten when it was not met for so long
   */
  constructor(owners: number, maxPairs: number, lifeMs: number) {
    this.#keys = new Int32Array(maxPairs)
    this.#slots = new Int32Array(maxPairs)
    this.#generations = new Int32Array(maxPairs)
    this.#counts = new Uint16Array(maxPairs)
    this.#atMs = new Float64Array(maxPairs)
    this.#mask = maxPairs / WAYS - 1
    this.#lifeMs = lifeMs
    this.#ownerGenerations = new Int32Array(owners)
    this.#distinct = new Int32Array(owners)
    this.#totals = new Int32Array(owners)
  }

  /** Counts a pair once more. What it returns is filled anew by the next call. */
  add(owner: Slot, key: number, nowMs: number): Readonly<PairCounted> {
    this.#own(owner)
    const bucket = this.#bucketOf(owner.slot, key)
    let place = this.#find(bucket, owner, key, nowMs)
    const isNew = place < 0
    if (place < 0) {
      place = this.#roomIn(bucket, nowMs)
      this.#keys[place] = key
      this.#slots[place] = owner.slot
      this.#generations[place] = owner.generation
      this.#distinct[owner.slot] = (this.#distinct[owner.slot] ?? 0) + 1
    }
    const count = Math.min((this.#counts[place] ?? 0) + 1, 0xffff)
    this.#counts[place] = count
    this.#atMs[place] = nowMs
    this.#totals[owner.slot] = (this.#totals[owner.slot] ?? 0) + 1
    const counted = this.#counted
    counted.count = count
    counted.distinct = this.#distinct[owner.slot] ?? 0
    counted.total = this.#totals[owner.slot] ?? 0
    counted.isNew = isNew
    return counted
  }

  /** Takes a pair away, since it ended well; how often it had been counted. */
  take(owner: Slot, key: number, nowMs: number): number {
    if (this.distinctOf(owner) === 0) return 0
    const place = this.#find(this.#bucketOf(owner.slot, key), owner, key, nowMs)
    if (place < 0) return 0
    const count = this.#counts[place] ?? 0
    this.#clear(place)
    return count
  }

  /** How often the pair is counted now. */
  countOf(owner: Slot, key: number, nowMs: number): number {
    const place = this.#find(this.#bucketOf(owner.slot, key), owner, key, nowMs)
    return place < 0 ? 0 : (this.#counts[place] ?? 0)
  }

  /** Different keys of an owner. */
  distinctOf({ slot, generation }: Slot): number {
    return this.#ownerGenerations[slot] === generation ? (this.#distinct[slot] ?? 0) : 0
  }

  /** All counts of an owner together. */
  totalOf({ slot, generation }: Slot): number {
    return this.#ownerGenerations[slot] === generation ? (this.#totals[slot] ?? 0) : 0
  }

  /** To be called once a second: forgets what is over, a part of the table each time. */
  sweep(nowMs: number): void {
    const size = this.#counts.length
    const part = Math.ceil(size / SWEEPS_PER_LIFE)
    for (let i = 0; i < part; i += 1) {
      const place = (this.#swept + i) % size
      if ((this.#counts[place] ?? 0) > 0 && this.#isOver(place, nowMs)) this.#clear(place)
    }
    this.#swept = (this.#swept + part) % size
  }

  #own({ slot, generation }: Slot): void {
    if (this.#ownerGenerations[slot] === generation) return
    this.#ownerGenerations[slot] = generation
    this.#distinct[slot] = 0
    this.#totals[slot] = 0
  }

  #bucketOf(slot: number, key: number): number {
    const mixed = Math.imul(key ^ Math.imul(slot + 1, SPREAD), SPREAD)
    return ((mixed ^ (mixed >>> 15)) & this.#mask) * WAYS
  }

  #find(bucket: number, { slot, generation }: Slot, key: number, nowMs: number): number {
    for (let place = bucket; place < bucket + WAYS; place += 1) {
      if (this.#keys[place] !== key || this.#slots[place] !== slot || this.#counts[place] === 0) continue
      if (this.#generations[place] !== generation) continue
      if (!this.#isOver(place, nowMs)) return place
      this.#clear(place)
    }
    return -1
  }

  #roomIn(bucket: number, nowMs: number): number {
    let oldest = bucket
    for (let place = bucket; place < bucket + WAYS; place += 1) {
      if (this.#counts[place] === 0) return place
      if ((this.#atMs[place] ?? 0) < (this.#atMs[oldest] ?? 0) || this.#isOver(place, nowMs)) oldest = place
    }
    this.#clear(oldest)
    return oldest
  }

  #isOver(place: number, nowMs: number): boolean {
    return nowMs - (this.#atMs[place] ?? 0) > this.#lifeMs
  }

  #clear(place: number): void {
    const slot = this.#slots[place] ?? 0
    if (this.#ownerGenerations[slot] === this.#generations[place]) {
      this.#distinct[slot] = (this.#distinct[slot] ?? 0) - 1
      this.#totals[slot] = (this.#totals[slot] ?? 0) - (this.#counts[place] ?? 0)
    }
    this.#counts[place] = 0
  }
}
