import { BoundedMap } from '../../base/bounded-map.ts'

const SOURCES_KEPT = 20_000

/** So many a second for each source, counted in windows of one second; strangers share a bounded memory. */
export class RateLimit {
  readonly #perSecond: number
  readonly #counts = new BoundedMap<string, { second: number; count: number }>(SOURCES_KEPT)

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** @param nowMs monotonic */
  allows(source: string, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1000)
    const seen = this.#counts.get(source)
    if (seen === undefined || seen.second !== second) {
      this.#counts.set(source, { second, count: 1 })
      return true
    }
    seen.count += 1
    return seen.count <= this.#perSecond
  }
}
