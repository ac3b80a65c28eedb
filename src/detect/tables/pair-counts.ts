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

/** Words of a pair: its key, the owner's slot, the owner's generation above the count, when it was met last. */
const PAIR = 4
const SLOT = 1
const COUNT = 2
const MET = 3
const MAX_COUNT = 0xffff

/** Words of an owner: its generation, its pairs, all their counts. */
const OWNER = 4
const DISTINCT = 1
const TOTAL = 2

/**
 * How often an owner (a source, a prefix) met a key (an account, a name that was asked for) without a good end: what
 * ends well is taken away again, so that what is left is what never did. Exact while there is room; a full bucket of
 * four loses its oldest pair. 16 octets a pair, a bucket side by side; no allocation.
 */
export class PairCounts {
  readonly #pairs: Int32Array
  readonly #owners: Int32Array
  readonly #mask: number
  readonly #lifeMs: number
  readonly #counted: PairCounted = { count: 0, distinct: 0, total: 0, isNew: false }
  #swept = 0

  /**
   * @param owners bound of the owners' table
   * @param maxPairs a power of two
   * @param lifeMs a pair is forgotten when it was not met for so long; at most 24 days
   */
  constructor(owners: number, maxPairs: number, lifeMs: number) {
    this.#pairs = new Int32Array(maxPairs * PAIR)
    this.#owners = new Int32Array(owners * OWNER)
    this.#mask = maxPairs / WAYS - 1
    this.#lifeMs = lifeMs
  }

  /** Counts a pair once more. What it returns is filled anew by the next call. */
  add(owner: Slot, key: number, nowMs: number): Readonly<PairCounted> {
    const own = this.#own(owner)
    const pairs = this.#pairs
    const bucket = this.#bucketOf(owner.slot, key)
    let place = this.#find(bucket, owner, key, nowMs)
    const isNew = place < 0
    if (place < 0) {
      place = this.#roomIn(bucket, nowMs)
      pairs[place] = key
      pairs[place + SLOT] = owner.slot
      pairs[place + COUNT] = owner.generation << 16
      this.#owners[own + DISTINCT] = (this.#owners[own + DISTINCT] ?? 0) + 1
    }
    const before = pairs[place + COUNT] ?? 0
    const count = Math.min((before & MAX_COUNT) + 1, MAX_COUNT)
    pairs[place + COUNT] = (before & ~MAX_COUNT) | count
    pairs[place + MET] = nowMs
    this.#owners[own + TOTAL] = (this.#owners[own + TOTAL] ?? 0) + 1
    const counted = this.#counted
    counted.count = count
    counted.distinct = this.#owners[own + DISTINCT] ?? 0
    counted.total = this.#owners[own + TOTAL] ?? 0
    counted.isNew = isNew
    return counted
  }

  /** Takes a pair away, since it ended well; how often it had been counted. */
  take(owner: Slot, key: number, nowMs: number): number {
    if (this.distinctOf(owner) === 0) return 0
    const place = this.#find(this.#bucketOf(owner.slot, key), owner, key, nowMs)
    if (place < 0) return 0
    const count = this.#countAt(place)
    this.#clear(place)
    return count
  }

  /** How often the pair is counted now. */
  countOf(owner: Slot, key: number, nowMs: number): number {
    if (this.distinctOf(owner) === 0) return 0
    const place = this.#find(this.#bucketOf(owner.slot, key), owner, key, nowMs)
    return place < 0 ? 0 : this.#countAt(place)
  }

  /** Different keys of an owner. */
  distinctOf({ slot, generation }: Slot): number {
    return this.#owners[slot * OWNER] === generation ? (this.#owners[slot * OWNER + DISTINCT] ?? 0) : 0
  }

  /** All counts of an owner together. */
  totalOf({ slot, generation }: Slot): number {
    return this.#owners[slot * OWNER] === generation ? (this.#owners[slot * OWNER + TOTAL] ?? 0) : 0
  }

  /** To be called once a second: forgets what is over, a part of the table each time. */
  sweep(nowMs: number): void {
    const size = this.#pairs.length / PAIR
    const part = Math.ceil(size / SWEEPS_PER_LIFE)
    for (let i = 0; i < part; i += 1) {
      const place = ((this.#swept + i) % size) * PAIR
      if (this.#countAt(place) > 0 && this.#isOver(place, nowMs)) this.#clear(place)
    }
    this.#swept = (this.#swept + part) % size
  }

  #own({ slot, generation }: Slot): number {
    const own = slot * OWNER
    if (this.#owners[own] !== generation) {
      this.#owners[own] = generation
      this.#owners[own + DISTINCT] = 0
      this.#owners[own + TOTAL] = 0
    }
    return own
  }

  /** The first word of the bucket. */
  #bucketOf(slot: number, key: number): number {
    const mixed = Math.imul(key ^ Math.imul(slot + 1, SPREAD), SPREAD)
    return ((mixed ^ (mixed >>> 15)) & this.#mask) * WAYS * PAIR
  }

  #find(bucket: number, { slot, generation }: Slot, key: number, nowMs: number): number {
    const pairs = this.#pairs
    for (let place = bucket; place < bucket + WAYS * PAIR; place += PAIR) {
      if (pairs[place] !== (key | 0) || pairs[place + SLOT] !== slot) continue
      const counted = pairs[place + COUNT] ?? 0
      if ((counted & MAX_COUNT) === 0 || counted >> 16 !== (generation << 16) >> 16) continue
      if (!this.#isOver(place, nowMs)) return place
      this.#clear(place)
    }
    return -1
  }

  #roomIn(bucket: number, nowMs: number): number {
    let oldest = bucket
    let oldestAgeMs = -1
    for (let place = bucket; place < bucket + WAYS * PAIR; place += PAIR) {
      if (this.#countAt(place) === 0) return place
      const ageMs = this.#ageAt(place, nowMs)
      if (ageMs <= oldestAgeMs) continue
      oldest = place
      oldestAgeMs = ageMs
    }
    this.#clear(oldest)
    return oldest
  }

  #countAt(place: number): number {
    return (this.#pairs[place + COUNT] ?? 0) & MAX_COUNT
  }

  /** The event clock's milliseconds in 32 bits: they come round in 49 days, and what is over is swept out in hours. */
  #ageAt(place: number, nowMs: number): number {
    return ((nowMs | 0) - (this.#pairs[place + MET] ?? 0)) >>> 0
  }

  #isOver(place: number, nowMs: number): boolean {
    return this.#ageAt(place, nowMs) > this.#lifeMs
  }

  #clear(place: number): void {
    const slot = this.#pairs[place + SLOT] ?? 0
    const own = slot * OWNER
    const counted = this.#pairs[place + COUNT] ?? 0
    if (((this.#owners[own] ?? 0) << 16) >> 16 === counted >> 16) {
      this.#owners[own + DISTINCT] = (this.#owners[own + DISTINCT] ?? 0) - 1
      this.#owners[own + TOTAL] = (this.#owners[own + TOTAL] ?? 0) - (counted & MAX_COUNT)
    }
    this.#pairs[place + COUNT] = 0
  }
}
