/**
 * A map that forgets nothing too early: an entry stays for at least `keepMs`, at most twice that, and when the bound
 * is reached new ones are not taken. For what must not happen twice, where making room would let it.
 *
 * Two generations: the old one goes when all that is in it has had its time.
 */
export class RecentMap<V> {
  /** When memory began, ms: of what is older nothing is known. */
  readonly sinceMs: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()
  #turnedMs: number
  readonly #maxEntries: number
  readonly #keepMs: number

  /**
   * @param maxEntries entries held at most
   * @param keepMs how long an entry is kept
   * @param nowMs the clock by which all other calls go
   */
  constructor(maxEntries: number, keepMs: number, nowMs: number) {
    this.#maxEntries = maxEntries
    this.#keepMs = keepMs
    this.#turnedMs = nowMs
    this.sinceMs = nowMs
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string, nowMs: number): V | undefined {
    this.#turn(nowMs)
    return this.#young.get(key) ?? this.#old.get(key)
  }

  /** Keeps a value from now on. @returns false when there is no room */
  set(key: string, value: V, nowMs: number): boolean {
    this.#turn(nowMs)
    if (this.size >= this.#maxEntries && !this.#young.has(key)) return false
    this.#young.set(key, value)
    return true
  }

  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#turnedMs
    if (passedMs < this.#keepMs) return
    this.#old = passedMs < 2 * this.#keepMs ? this.#young : new Map()
    this.#young = new Map()
    this.#turnedMs = nowMs
  }
}
