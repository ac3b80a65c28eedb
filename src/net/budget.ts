import { sourceOf } from '../base/source-network.ts'
import type { RefusalReason } from './callbacks.ts'
import type { StreamLimits } from './stream-limits.ts'

/** Counts the connections that are open, by source and in all (DOS-06). Entries go with their connections. */
export class ConnectionBudget {
  readonly #limits: StreamLimits
  readonly #bySource = new Map<string, number>()
  #open = 0
  #openElsewhere = 0

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  get open(): number {
    return this.#open
  }

  /** Takes a place for a connection from `ip`; undefined when there was one. */
  take(ip: string): RefusalReason | undefined {
    if (this.#open + this.#openElsewhere >= this.#limits.maxConnections) return 'too-many-connections'
    const source = sourceOf(ip)
    const fromSource = this.#bySource.get(source) ?? 0
    if (fromSource >= this.#limits.maxConnectionsPerSource) return 'too-many-from-source'
    this.#count(source, 1)
    this.#open += 1
    return undefined
  }

  /** Gives the place back, once for each `take` that had one. */
  release(ip: string): void {
    this.#count(sourceOf(ip), -1)
    this.#open -= 1
  }

  /** Counts a connection that another process of this server took, 1, or lost, -1: the bounds hold for all. */
  elsewhere(ip: string, change: 1 | -1): void {
    this.#count(sourceOf(ip), change)
    this.#openElsewhere += change
  }

  #count(source: string, change: 1 | -1): void {
    const count = (this.#bySource.get(source) ?? 0) + change
    if (count > 0) this.#bySource.set(source, count)
    else this.#bySource.delete(source)
  }
}
