import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'

/** A domain that gave up TLS for good is believed after this long. */
const KEEP_MS = 7 * 24 * 60 * 60 * 1000

/**
 * Remembers which domains offered TLS by DNS, so that its disappearance is seen: whoever can take the records
 * of a domain away could else take TLS away with them.
 * @see RFC 3263 §7
 */
export class SipsMemory {
  readonly #seenMs: BoundedMap<string, number>

  /** @param maxDomains bound of domains remembered */
  constructor(maxDomains: number = LIMITS.maxSipsDomains) {
    this.#seenMs = new BoundedMap(maxDomains)
  }

  /** The domain offers TLS now. */
  saw(domain: string, nowMs: number): void {
    this.#seenMs.set(domain, nowMs)
  }

  /** Whether the domain offered TLS within the last seven days. */
  had(domain: string, nowMs: number): boolean {
    const seenMs = this.#seenMs.get(domain)
    return seenMs !== undefined && nowMs - seenMs < KEEP_MS
  }
}
