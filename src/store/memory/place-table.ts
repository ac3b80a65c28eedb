const SHARD_BITS = 6
const FIRST_CAPACITY = 16

/** Pairs of hash and place plus 1 (0: free), by open addressing. */
interface Shard {
  pairs: Uint32Array
  mask: number
  used: number
}

/**
 * Places by hash: 64 tables of pairs, so that none that grows holds up the loop, and a look-up touches one place of
 * memory at any size. What lies at a place is for the caller to compare:
 * `for (let at = table.first(hash); at >= 0; at = table.next(hash, at)) table.placeAt(hash, at)`.
 */
export class PlaceTable {
  readonly #shards: Shard[] = []
  #count = 0

  constructor() {
    for (let i = 0; i < 1 << SHARD_BITS; i++) {
      this.#shards.push({ pairs: new Uint32Array(2 * FIRST_CAPACITY), mask: FIRST_CAPACITY - 1, used: 0 })
    }
  }

  get count(): number {
    return this.#count
  }

  /** Where the first pair of this hash stands; -1 when there is none. */
  first(hash: number): number {
    const shard = this.#shardOf(hash)
    return seek(shard, hash, hash & shard.mask)
  }

  /** Where the pair of this hash after `at` stands; -1 when there is none. */
  next(hash: number, at: number): number {
    const shard = this.#shardOf(hash)
    return seek(shard, hash, (at + 1) & shard.mask)
  }

  /** The place of the pair at `at`. */
  placeAt(hash: number, at: number): number {
    return (this.#shardOf(hash).pairs[2 * at + 1] ?? 0) - 1
  }

  add(hash: number, place: number): void {
    const shard = this.#shardOf(hash)
    if (5 * (shard.used + 1) > 3 * (shard.mask + 1)) grow(shard)
    put(shard, hash, place)
    shard.used += 1
    this.#count += 1
  }

  /** What lay at one place lies at another. */
  move(hash: number, from: number, to: number): void {
    const shard = this.#shardOf(hash)
    shard.pairs[2 * indexOf(shard, hash, from) + 1] = to + 1
  }

  /** Forgets a pair that is there. */
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

  /** Every place, in no order. */
  *places(): Generator<number> {
    for (const { pairs } of this.#shards) {
      for (let i = 1; i < pairs.length; i += 2) {
        const place = (pairs[i] ?? 0) - 1
        if (place >= 0) yield place
      }
    }
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
}

const NONE: Shard = { pairs: new Uint32Array(2), mask: 0, used: 0 }

function seek({ pairs, mask }: Shard, hash: number, from: number): number {
  for (let i = from; pairs[2 * i + 1] !== 0; i = (i + 1) & mask) if (pairs[2 * i] === hash) return i
  return -1
}

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
