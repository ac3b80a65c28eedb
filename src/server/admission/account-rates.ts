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

/** So many a second; `Infinity` for no bound. */
export interface AccountBounds {
  /** New requests of one account. */
  readonly perAccount: number
  /** Its texts to one and the same callee. */
  readonly textsPerCallee: number
}

/** New requests of each account, and its texts to each callee: buckets that fill by so many a second. */
export class AccountRates {
  readonly #accounts = new BoundedMap<string, Budget>(LIMITS.maxRatedAccounts)
  readonly #callees = new BoundedMap<string, Budget>(LIMITS.maxRatedAccounts)
  #bounds: AccountBounds
  #unbounded: ReadonlySet<string>

  /** @param unbounded addresses-of-record that have no bound: programs that dial */
  constructor(bounds: AccountBounds, unbounded: Iterable<string>) {
    this.#bounds = bounds
    this.#unbounded = new Set(unbounded)
  }

  configure(bounds: AccountBounds, unbounded: Iterable<string>): void {
    this.#bounds = bounds
    this.#unbounded = new Set(unbounded)
  }

  /** Counts a request; 0, or seconds after which the account may come again. @param nowMs monotonic */
  retryAfterOf({ user, domain, aors }: UserCaller, request: SipRequest, nowMs: number): number {
    const { perAccount, textsPerCallee } = this.#bounds
    // The first address names the account, and is a text that is there already.
    const account = aors[0] ?? `${user}@${domain}`
    const callee = calleeOf(request)
    const waitSeconds = Math.max(
      take(this.#accounts, account, perAccount, nowMs),
      callee === undefined ? 0 : take(this.#callees, `${account} ${callee}`, textsPerCallee, nowMs),
    )
    if (waitSeconds === 0 || isEmergency(request) || aors.some(aor => this.#unbounded.has(aor))) return 0
    return Math.min(MAX_RETRY_SECONDS, Math.max(1, Math.ceil(waitSeconds)))
  }
}

/** Who is written to. */
function calleeOf(request: SipRequest): string | undefined {
  const { method, uriResult } = request
  if (method !== 'MESSAGE' || !uriResult.ok) return undefined
  return `${uriResult.value.user ?? ''}@${uriResult.value.host.toLowerCase()}`
}

/** Takes one from a bucket. @returns 0, or seconds until there is one */
function take(budgets: BoundedMap<string, Budget>, key: string, perSecond: number, nowMs: number): number {
  const most = perSecond * BURST_SECONDS
  let budget = budgets.get(key)
  if (budget === undefined) {
    budget = { tokens: most, filledMs: nowMs }
    budgets.set(key, budget)
  }
  budget.tokens = Math.min(most, budget.tokens + ((nowMs - budget.filledMs) * perSecond) / 1000)
  budget.filledMs = nowMs
  if (budget.tokens < 1) return (1 - budget.tokens) / perSecond
  budget.tokens -= 1
  return 0
}
