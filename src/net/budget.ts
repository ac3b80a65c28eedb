import { canonicalIp } from '../base/ip-address.ts'
import type { RefusalReason } from './callbacks.ts'
import type { StreamLimits } from './stream-limits.ts'

/** Counts the connections that are open, by source and in all (DOS-06). Entries go with their connections. */
export class ConnectionBudget {
  readonly #limits: StreamLimits
  readonly #bySource = new Map<string, number>()
  #open = 0

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  get open(): number {
    return this.#open
  }

  /** Takes a place for a connection from `ip`; undefined when there was one. */
  take(ip: string): RefusalReason | undefined {
    if (this.#open >= this.#limits.maxConnections) return 'too-many-connections'
    const source = sourceOf(ip)
    const fromSource = this.#bySource.get(source) ?? 0
    if (fromSource >= this.#limits.maxConnectionsPerSource) return 'too-many-from-source'
    this.#bySource.set(source, fromSource + 1)
    this.#open += 1
    return undefined
  }

  /** Gives the place back, once for each `take` that had one. */
  release(ip: string): void {
    const source = sourceOf(ip)
    const left = (this.#bySource.get(source) ?? 1) - 1
    if (left > 0) this.#bySource.set(source, left)
    else this.#bySource.delete(source)
    this.#open -= 1
  }
}

/** One who has an IPv6 address has the 2^64 of its network: they count as one. */
export function sourceOf(ip: string): string {
  if (!ip.includes(':')) return ip
  const canonical = canonicalIp(ip.split('%')[0] ?? '') ?? ip
  if (!canonical.includes(':')) return canonical
  const [head = '', tail] = canonical.split('::')
  const groups = head === '' ? [] : head.split(':')
  // What `::` stands for is zeros; those within the first 64 bits are written out.
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':')
  while (tail !== undefined && groups.length + tailGroups.length < 8) groups.push('0')
  return `${[...groups, ...tailGroups].slice(0, 4).join(':')}::/64`
}
