import { enlarged } from './expiry-heap.ts'

const FIRST_LINKS = 64

/**
 * Which slots have a binding of a flow, by the flow's hash. A link is five numbers in typed arrays and stands in
 * two lists: of its hash and of its slot. Whoever asks must look whether the flow is the one he means.
 */
export class FlowLinks {
  /** First link of each hash (its low bits) plus 1. */
  #heads = new Uint32Array(FIRST_LINKS)
  #hashes: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_LINKS)
  #slots: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_LINKS)
  #next: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_LINKS)
  #previous: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_LINKS)
  #nextOfSlot: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_LINKS)
  /** First link of each slot plus 1. */
  #ofSlot: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_LINKS)
  #free = 0
  #used = 0
  #count = 0

  /** Links a slot with the flows of these hashes and no others. */
  set(slot: number, hashes: readonly number[]): void {
    if (this.#isAsIs(slot, hashes)) return
    this.#forget(slot)
    for (const hash of hashes) this.#add(slot, hash)
  }

  /** Slots whose flows may be the one of this hash; one may come twice. */
  slotsOf(hash: number): number[] {
    const slots: number[] = []
    for (let link = this.#heads[this.#bucketOf(hash)] ?? 0; link !== 0; link = this.#next[link - 1] ?? 0) {
      if (this.#hashes[link - 1] === hash) slots.push(this.#slots[link - 1] ?? 0)
    }
    return slots
  }

  clear(): void {
    this.#heads.fill(0)
    this.#ofSlot.fill(0)
    this.#free = 0
    this.#used = 0
    this.#count = 0
  }

  #isAsIs(slot: number, hashes: readonly number[]): boolean {
    let link = this.#ofSlot[slot] ?? 0
    for (let i = hashes.length - 1; i >= 0; i--) {
      if (link === 0 || this.#hashes[link - 1] !== hashes[i]) return false
      link = this.#nextOfSlot[link - 1] ?? 0
    }
    return link === 0
  }

  #forget(slot: number): void {
    let link = this.#ofSlot[slot] ?? 0
    while (link !== 0) {
      const next = this.#next[link - 1] ?? 0
      const previous = this.#previous[link - 1] ?? 0
      if (next !== 0) this.#previous[next - 1] = previous
      if (previous !== 0) this.#next[previous - 1] = next
      else this.#heads[this.#bucketOf(this.#hashes[link - 1] ?? 0)] = next
      const following = this.#nextOfSlot[link - 1] ?? 0
      this.#next[link - 1] = this.#free
      this.#free = link
      this.#count -= 1
      link = following
    }
    if (slot < this.#ofSlot.length) this.#ofSlot[slot] = 0
  }

  #add(slot: number, hash: number): void {
    if (slot >= this.#ofSlot.length) {
      const size = Math.max(slot + 1, 2 * this.#ofSlot.length)
      this.#ofSlot = enlarged(this.#ofSlot, new Uint32Array(size))
    }
    const link = this.#take()
    this.#hashes[link - 1] = hash
    this.#slots[link - 1] = slot
    this.#nextOfSlot[link - 1] = this.#ofSlot[slot] ?? 0
    this.#ofSlot[slot] = link
    this.#insert(link, hash)
    this.#count += 1
    if (this.#count > this.#heads.length) this.#spread()
  }

  #insert(link: number, hash: number): void {
    const bucket = this.#bucketOf(hash)
    const next = this.#heads[bucket] ?? 0
    this.#next[link - 1] = next
    this.#previous[link - 1] = 0
    if (next !== 0) this.#previous[next - 1] = link
    this.#heads[bucket] = link
  }

  #take(): number {
    const free = this.#free
    if (free !== 0) {
      this.#free = this.#next[free - 1] ?? 0
      return free
    }
    if (this.#used === this.#hashes.length) {
      const size = 2 * this.#used
      this.#hashes = enlarged(this.#hashes, new Uint32Array(size))
      this.#slots = enlarged(this.#slots, new Uint32Array(size))
      this.#next = enlarged(this.#next, new Uint32Array(size))
      this.#previous = enlarged(this.#previous, new Uint32Array(size))
      this.#nextOfSlot = enlarged(this.#nextOfSlot, new Uint32Array(size))
    }
    this.#used += 1
    return this.#used
  }

  #bucketOf(hash: number): number {
    return hash & (this.#heads.length - 1)
  }

  /** Twice as many lists, each about half as long. */
  #spread(): void {
    const before = this.#heads
    this.#heads = new Uint32Array(2 * before.length)
    for (let link of before) {
      while (link !== 0) {
        const next = this.#next[link - 1] ?? 0
        this.#insert(link, this.#hashes[link - 1] ?? 0)
        link = next
      }
    }
  }
}
