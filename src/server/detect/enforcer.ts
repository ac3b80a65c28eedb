import { BoundedMap } from '../../base/bounded-map.ts'
import { LIMITS } from '../../base/limits.ts'
import { parseNetwork } from '../../base/network.ts'
import { NetworkTable } from '../../base/network-table.ts'
import type { Order } from '../../detect/order.ts'
import type { OrderEnd } from '../../detect/order-book.ts'
import { type BanClocks, Bans } from './bans.ts'

/** What is done with an answer to wrong credentials. */
export type FailureTreatment = 'answer' | 'late' | 'silence'

interface Measure {
  readonly order: Order
  /** Answers to wrong credentials that may be given now. */
  tokens: number
  filledMs: number
}

/** Answers to wrong credentials that a rationed address gets: a phone tries again every half minute at most. */
const FAILURES_PER_SECOND = 0.5
const FAILURE_BURST = 5
/** Answers that are late at a time: more are not given at all. */
const TARPIT_SLOTS = 256
/** How late: a guesser who waits for his answer guesses no faster. */
export const TARPIT_MS = 5000

/**
 * Orders as the server looks them up: who is banned before anything is read, whose answers are rationed or late, who
 * must prove himself even where nobody has to, and whose calls are refused. One in each process that serves.
 */
export class Enforcer {
  readonly bans: Bans
  readonly #clocks: BanClocks
  readonly #measures = new NetworkTable<Measure>()
  /** Accounts whose calls to the outside are refused, by `alice@example.test`. */
  readonly #suspended = new BoundedMap<string, Order>(LIMITS.maxBans)
  #late = 0
  /** Answers that were late, and that were not given. */
  readonly counts = { late: 0, silenced: 0, suspended: 0 }

  constructor(clocks: BanClocks) {
    this.#clocks = clocks
    this.bans = new Bans(clocks)
  }

  /** Carries an order out from now on. */
  put(order: Order, remainingMs: number): void {
    if (order.isMonitorOnly) return
    const { subject, action } = order
    if (subject.kind === 'account') {
      if (action === 'suspend') this.#suspended.set(subject.name, order)
      return
    }
    const network = parseNetwork(subject.name)
    if (network === undefined) return
    if (action !== 'drop' && action !== 'kernel-drop') {
      const known = this.#measures.get(network)
      const { tokens, filledMs } = known ?? { tokens: FAILURE_BURST, filledMs: this.#clocks.nowMs() }
      this.#measures.set(network, { order, tokens, filledMs })
      return
    }
    this.#measures.delete(network)
    const { id, why, by, findings, beganMs } = order
    const endsMs = this.#clocks.wallMs() + remainingMs
    this.bans.add({ network, id, why, by, findings, beganMs, endsMs, inKernel: action === 'kernel-drop' })
  }

  /** Ends what was carried out. */
  lift({ subject, isMonitorOnly }: Order, _why: OrderEnd): void {
    if (isMonitorOnly) return
    if (subject.kind === 'account') {
      this.#suspended.delete(subject.name)
      return
    }
    const network = parseNetwork(subject.name)
    if (network === undefined) return
    this.#measures.delete(network)
    this.bans.remove(network)
  }

  /** What comes unproved from there goes into the lower lane. */
  isLowered(ip: string): boolean {
    if (this.#measures.size === 0) return false
    const action = this.#measures.covering(ip)?.order.action
    return action === 'rate-limit' || action === 'tarpit'
  }

  /** Everything from there needs credentials, also what others may send without. */
  isChallenged(ip: string): boolean {
    return this.#measures.size > 0 && this.#measures.covering(ip)?.order.isForUnproved === false
  }

  get hasSuspended(): boolean {
    return this.#suspended.size > 0
  }

  /** Whether an account's calls to the outside are refused. @param account `alice@example.test` */
  isSuspended(account: string): boolean {
    if (!this.#suspended.has(account)) return false
    this.counts.suspended += 1
    return true
  }

  /** Whether any address is rationed at all: asked for each message. */
  get isIdle(): boolean {
    return this.#measures.size === 0
  }

  /** What wrong credentials get. `late` takes a slot, which `lateAnswerGiven` gives back. */
  treatFailure(ip: string): FailureTreatment {
    const measure = this.#measures.covering(ip)
    if (measure === undefined || measure.order.isForUnproved) return 'answer'
    const { action } = measure.order
    if (action !== 'rate-limit' && action !== 'tarpit') return 'answer'
    const nowMs = this.#clocks.nowMs()
    const grown = ((nowMs - measure.filledMs) / 1000) * FAILURES_PER_SECOND
    measure.tokens = Math.min(FAILURE_BURST, measure.tokens + grown)
    measure.filledMs = nowMs
    if (measure.tokens < 1 || (action === 'tarpit' && this.#late >= TARPIT_SLOTS)) {
      this.counts.silenced += 1
      return 'silence'
    }
    measure.tokens -= 1
    if (action === 'rate-limit') return 'answer'
    this.#late += 1
    this.counts.late += 1
    return 'late'
  }

  lateAnswerGiven(): void {
    this.#late -= 1
  }

  /** To be called once a second. */
  tick(): void {
    this.bans.tick()
  }
}
