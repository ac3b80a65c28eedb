/**
 * A map with a bound, for keys that strangers choose.
 *
 * Two generations: new and touched entries live in the young one; when it holds half the bound, the old
 * one is thrown away and the young one becomes old. Eviction costs nothing per entry, and an entry that is
 * used at least once per generation stays.
 */
export class BoundedMap<K, V> {
  #young = new Map<K, V>()
  #old = new Map<K, V>()
  readonly #half: number
  /** Entries dropped because the bound was reached, since the start. */
  evicted = 0

  /** @param maxEntries upper bound of entries, at least 2 */
  constructor(maxEntries: number) {
    this.#half = Math.max(1, Math.floor(maxEntries / 2))
  }

  /** Entries held now; an entry set again since the last turn may count twice. */
  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) {
      this.#old.delete(key)
      this.set(key, old)
    }
    return old
  }

  has(key: K): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#half && !this.#young.has(key)) this.#turn()
    this.#young.set(key, value)
  }

  delete(key: K): boolean {
    const young = this.#young.delete(key)
    return this.#old.delete(key) || young
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }

  /** Every entry once; the young ones last. */
  *entries(): IterableIterator<[K, V]> {
    for (const entry of this.#old) if (!this.#young.has(entry[0])) yield entry
    yield* this.#young
  }

  #turn(): void {
    this.evicted += this.#old.size
    this.#old = this.#young
    this.#young = new Map()
  }
}
