import { HEAD, type Octets } from '../record/layout.ts'
import { isSameAor, isWide } from '../record/read.ts'
import type { OctetPool } from './octet-pool.ts'
import { isTextAt } from './text-hash.ts'

const SHARD_BITS = 6
const FIRST_CAPACITY = 16

/** Pairs of hash and place plus 1 (0: free), by open addressing. */
interface Shard {
  pairs: Uint32Array
  mask: number
  used: number
}

/**
 * Where the record of an address-of-record lies: 64 tables of pairs, so that none that grows holds up the loop, and
 * a look-up touches two places of memory at any size.
 */
export class AorTable {
  readonly #pool: OctetPool
  readonly #shards: Shard[] = []
  #count = 0

  constructor(pool: OctetPool) {
    this.#pool = pool
    for (let i = 0; i < 1 << SHARD_BITS; i++) {
      this.#shards.push({ pairs: new Uint32Array(2 * FIRST_CAPACITY), mask: FIRST_CAPACITY - 1, used: 0 })
    }
  }

  get count(): number {
    return this.#count
  }

  /** @returns the place of its record, or -1 */
  find(aor: string, hash: number): number {
    const { pairs, mask } = this.#shardOf(hash)
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const place = (pairs[2 * i + 1] ?? 0) - 1
      if (place < 0) return -1
      if (pairs[2 * i] === hash && this.#isOf(place, aor)) return place
    }
  }

  /** @returns the place of the record with the address-of-record of the one at `at`, or -1 */
  findRecord(octets: Octets, at: number, hash: number): number {
    const { pairs, mask } = this.#shardOf(hash)
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const place = (pairs[2 * i + 1] ?? 0) - 1
      if (place < 0) return -1
      if (pairs[2 * i] !== hash) continue
      if (isSameAor(octets, at, this.#pool.octetsOf(place), this.#pool.offsetOf(place))) return place
    }
  }

  /** Adds a record whose address-of-record is not there yet. */
  add(hash: number, place: number): void {
    const shard = this.#shardOf(hash)
    if (5 * (shard.used + 1) > 3 * (shard.mask + 1)) grow(shard)
    put(shard, hash, place)
    shard.used += 1
    this.#count += 1
  }

  /** A record went to another place. */
  move(hash: number, from: number, to: number): void {
    const shard = this.#shardOf(hash)
    shard.pairs[2 * indexOf(shard, hash, from) + 1] = to + 1
  }

  /** Forgets a record that is there. */
  remove(hash: number, place: number): void {
    const shard = this.#shardOf(hash)
    const { pairs, mask } = shard
    // What follows without a gap moves up where it may, so that no mark of something deleted is left.
    let hole = indexOf(shard, hash, place)
    for (let i = (hole + 1) & mask; pairs[2 * i + 1] !== 0; i = (i + 1) & mask) {
      const home = (pairs[2 * i] ?? 0) & mask
      if (((i - home) & mask) < ((i - hole) & mask)) continue
      pairs[2 * hole] = pairs[2 * i] ?? 0
      pairs[2 * hole + 1] = pairs[2 * i + 1] ?? 0
      hole = i
    }
    pairs[2 * hole + 1] = 0
    shard.used -= 1
    this.#count -= 1
  }

  clear(): void {
    for (const shard of this.#shards) {
      shard.pairs.fill(0)
      shard.used = 0
    }
    this.#count = 0
  }

  #shardOf(hash: number): Shard {
    return this.#shards[hash >>> (32 - SHARD_BITS)] ?? NONE
  }

  #isOf(place: number, aor: string): boolean {
    const { bytes, view } = this.#pool.octetsOf(place)
    const at = this.#pool.offsetOf(place)
    const chars = view.getUint32(at + HEAD.aorLength, true)
    return isTextAt(aor, bytes, at + view.getUint32(at + HEAD.textAt, true), chars, isWide(bytes, at))
  }
}

const NONE: Shard = { pairs: new Uint32Array(2), mask: 0, used: 0 }

function put({ pairs, mask }: Shard, hash: number, place: number): void {
  let i = hash & mask
  while (pairs[2 * i + 1] !== 0) i = (i + 1) & mask
  pairs[2 * i] = hash
  pairs[2 * i + 1] = place + 1
}

function indexOf({ pairs, mask }: Shard, hash: number, place: number): number {
  let i = hash & mask
  while (pairs[2 * i + 1] !== place + 1) i = (i + 1) & mask
  return i
}

function grow(shard: Shard): void {
  const { pairs, mask } = shard
  shard.mask = 2 * mask + 1
  shard.pairs = new Uint32Array(4 * (mask + 1))
  for (let i = 0; i <= mask; i++) {
    const place = (pairs[2 * i + 1] ?? 0) - 1
    if (place >= 0) put(shard, pairs[2 * i] ?? 0, place)
  }
}
