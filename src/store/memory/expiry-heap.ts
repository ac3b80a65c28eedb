/**
 * Slots ordered by when they expire, a binary heap in typed arrays. What expires later than it was filed stays
 * where it is until it is due: a phone that refreshes moves nothing.
 */
export class ExpiryHeap {
  #slots: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  /** By slot: its position in the heap plus 1, 0 when it is not there. */
  #places: Uint32Array<ArrayBuffer> = new Uint32Array(64)
  /** By slot: ms, wall clock. */
  #filedMs: Float64Array<ArrayBuffer> = new Float64Array(64)
  #count = 0

  /** The slot that is due first; -1 when there is none. */
  get first(): number {
    return this.#count === 0 ? -1 : (this.#slots[0] ?? -1)
  }

  /** When that one is due, ms. */
  get firstMs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#filedAt(0)
  }

  /** Says when a slot expires: moved only when that is earlier than it was filed. */
  atMost(slot: number, expiresMs: number): void {
    const place = this.#placeOf(slot)
    if (place >= 0 && (this.#filedMs[slot] ?? 0) <= expiresMs) return
    this.file(slot, expiresMs)
  }

  /** Files a slot, new or again. */
  file(slot: number, expiresMs: number): void {
    this.#grow(slot)
    let place = this.#placeOf(slot)
    if (place < 0) {
      place = this.#count
      this.#count += 1
    }
    this.#filedMs[slot] = expiresMs
    this.#put(slot, place)
    this.#rise(slot)
    this.#sink(slot)
  }

  remove(slot: number): void {
    const place = this.#placeOf(slot)
    if (place < 0) return
    this.#places[slot] = 0
    this.#count -= 1
    if (place === this.#count) return
    const last = this.#slots[this.#count] ?? 0
    this.#put(last, place)
    this.#rise(last)
    this.#sink(last)
  }

  clear(): void {
    this.#places.fill(0)
    this.#count = 0
  }

  #placeOf(slot: number): number {
    return (this.#places[slot] ?? 0) - 1
  }

  #filedAt(place: number): number {
    return this.#filedMs[this.#slots[place] ?? 0] ?? 0
  }

  #put(slot: number, place: number): void {
    this.#slots[place] = slot
    this.#places[slot] = place + 1
  }

  #rise(slot: number): void {
    const ms = this.#filedMs[slot] ?? 0
    let place = this.#placeOf(slot)
    while (place > 0) {
      const above = (place - 1) >> 1
      if (this.#filedAt(above) <= ms) break
      this.#put(this.#slots[above] ?? 0, place)
      place = above
    }
    this.#put(slot, place)
  }

  #sink(slot: number): void {
    const ms = this.#filedMs[slot] ?? 0
    let place = this.#placeOf(slot)
    for (;;) {
      const left = 2 * place + 1
      if (left >= this.#count) break
      const right = left + 1
      const below = right < this.#count && this.#filedAt(right) < this.#filedAt(left) ? right : left
      if (this.#filedAt(below) >= ms) break
      this.#put(this.#slots[below] ?? 0, place)
      place = below
    }
    this.#put(slot, place)
  }

  #grow(slot: number): void {
    if (slot < this.#places.length) return
    const size = Math.max(slot + 1, 2 * this.#places.length)
    this.#slots = enlarged(this.#slots, new Uint32Array(size))
    this.#places = enlarged(this.#places, new Uint32Array(size))
    this.#filedMs = enlarged(this.#filedMs, new Float64Array(size))
  }
}

/** Copies what is there into a larger array. */
export function enlarged<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
