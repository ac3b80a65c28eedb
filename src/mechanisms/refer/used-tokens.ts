import { LIMITS } from '../../base/limits.ts'
import { RecentMap } from '../../base/recent-map.ts'

interface Use {
  /** Call-ID and From tag. */
  readonly call: string
  readonly firstMs: number
  uses: number
}

/** A challenge, a redirection or a spiral brings the same call again within that time. */
const RETRY_MS = 60_000
const MAX_USES = 8
const SECOND_MS = 1000

/**
 * Tokens that were used: each is good for one call (RFC 3892 §6). The same call may show it again for a minute, since
 * a challenge further on makes the referee repeat his INVITE.
 */
export class UsedTokens {
  /** Told of every first use here: other processes that serve the same addresses must know. */
  onTaken: ((token: string, call: string, nowMs: number) => void) | undefined
  readonly #uses: RecentMap<Use>

  /**
   * @param keepSeconds how long a token may be good in all: twice the age that is allowed, as a Date may be ahead
   * @param nowMs wall clock, ms since 1970
   */
  constructor(keepSeconds: number, nowMs: number, maxTokens: number = LIMITS.maxReferTokens) {
    this.onTaken = undefined
    this.#uses = new RecentMap(maxTokens, keepSeconds * 1000, nowMs)
  }

  get size(): number {
    return this.#uses.size
  }

  /** Whether a token of that date may have been used before memory began; dates are whole seconds. */
  mayBeForgotten(dateMs: number): boolean {
    return dateMs + SECOND_MS <= this.#uses.sinceMs
  }

  /**
   * Uses a token for a call.
   * @returns false when it was used for another call, or for this one too long ago or too often, or when there is no room
   */
  take(token: string, call: string, nowMs: number): boolean {
    const use = this.#uses.get(token, nowMs)
    if (use === undefined) {
      const isKept = this.#uses.set(token, { call, firstMs: nowMs, uses: 1 }, nowMs)
      if (isKept) this.onTaken?.(token, call, nowMs)
      return isKept
    }
    if (use.call !== call || nowMs - use.firstMs > RETRY_MS || use.uses >= MAX_USES) return false
    use.uses += 1
    return true
  }

  /** Another process took a token. @param nowMs its wall clock */
  heard(token: string, call: string, nowMs: number): void {
    if (this.#uses.get(token, nowMs) === undefined)
      this.#uses.set(token, { call, firstMs: nowMs, uses: 1 }, nowMs)
  }
}
