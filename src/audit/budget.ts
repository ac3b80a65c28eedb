/** Sent more than an attack may: its run ends there, and its outcome is inconclusive. */
export class OverBudget extends Error {
  constructor(max: number) {
    super(`more than the ${max} messages that it may send`)
    this.name = 'OverBudget'
  }
}

/** That much of a second's messages may go at once. */
const BURST_MS = 250

/**
 * The manners of a whole run: so many messages a second in the mean. Who asks waits for its turn; a burst that an attack
 * needs goes out at once, and what comes after it waits the longer.
 */
export class Rate {
  readonly #costMs: number
  #freeAtMs = 0

  /** @param perSecond messages a second; `Infinity` for no bound */
  constructor(perSecond: number) {
    this.#costMs = 1_000 / perSecond
  }

  spend(nowMs: number, count = 1): void {
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs - BURST_MS) + count * this.#costMs
  }

  /** Milliseconds to wait before the next message, 0 when it may go now. */
  waitMs(nowMs: number): number {
    return Math.max(0, Math.ceil(this.#freeAtMs - nowMs))
  }
}

/** Messages that an attack may still send. */
export class Budget {
  sent = 0
  readonly #rate: Rate
  #max: number

  /** @param max messages in all @param rate of the run */
  constructor(max: number, rate: Rate) {
    this.#max = max
    this.#rate = rate
  }

  /** Counts messages. @throws OverBudget when so many are not left; then none of them counts */
  spend(nowMs: number, count = 1): void {
    if (this.sent + count > this.#max) throw new OverBudget(this.#max)
    this.sent += count
    this.#rate.spend(nowMs, count)
  }

  /** That many more, to leave nothing behind. */
  reserve(messages: number): void {
    this.#max = this.sent + messages
  }

  /** Milliseconds to wait before the next message, 0 when it may go now. */
  waitMs(nowMs: number): number {
    return this.#rate.waitMs(nowMs)
  }
}
