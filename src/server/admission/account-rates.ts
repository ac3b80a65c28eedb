import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import type { UserCaller } from '../../pipeline/caller.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { isEmergency } from './overload.ts'

/** Seconds whose requests may come at once: a call centre that opens, a phone that comes back. */
const BURST_SECONDS = 10
const MAX_RETRY_SECONDS = 10

interface Budget {
  tokens: number
  filledMs: number
}

/** New requests of each account: a bucket that fills by so many a second. */
export class AccountRates {
  readonly #budgets = new BoundedMap<string, Budget>(LIMITS.maxRatedAccounts)
  #perSecond: number
  #unbounded: ReadonlySet<string>

  /** @param unbounded addresses-of-record that have no bound: programs that dial */
  constructor(perSecond: number, unbounded: Iterable<string>) {
    this.#perSecond = perSecond
    this.#unbounded = new Set(unbounded)
  }

  configure(perSecond: number, unbounded: Iterable<string>): void {
    this.#perSecond = perSecond
    this.#unbounded = new Set(unbounded)
  }

  /** Counts a request; 0, or seconds after which the account may come again. @param nowMs monotonic */
  retryAfterOf({ user, domain, aors }: UserCaller, request: SipRequest, nowMs: number): number {
    // The first address names the account, and is a text that is there already.
    const account = aors[0] ?? `${user}@${domain}`
    const most = this.#perSecond * BURST_SECONDS
    let budget = this.#budgets.get(account)
    if (budget === undefined) {
      budget = { tokens: most, filledMs: nowMs }
      this.#budgets.set(account, budget)
    }
    budget.tokens = Math.min(most, budget.tokens + ((nowMs - budget.filledMs) * this.#perSecond) / 1000)
    budget.filledMs = nowMs
    if (budget.tokens >= 1) {
      budget.tokens -= 1
      return 0
    }
    if (isEmergency(request) || aors.some(aor => this.#unbounded.has(aor))) return 0
    return Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil((1 - budget.tokens) / this.#perSecond)))
  }
}
