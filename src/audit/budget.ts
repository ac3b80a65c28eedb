/** Sent more than an attack may: its run ends there, and its outcome is inconclusive. */
export class OverBudget extends Error {
  constructor(max: number) {
    super(`more than the ${max} messages that it may send`)
    this.name = 'OverBudget'
  }
}

/** Messages that may still go out, and how fast: the manners of an audit. */
export class Budget {
  sent = 0
  readonly #max: number
  readonly #perSecond: number
  #windowStartMs = 0
  #inWindow = 0

  /** @param max messages in all @param perSecond messages in any second; `Infinity` for intrusive attacks */
  constructor(max: number, perSecond: number) {
    this.#max = max
    this.#perSecond = perSecond
  }

  /** Counts a message. @throws OverBudget when none is left */
  spend(): void {
    if (this.sent >= this.#max) throw new OverBudget(this.#max)
    this.sent++
    this.#inWindow++
  }

  /** Milliseconds to wait before the next message, 0 when it may go now. */
  waitMs(nowMs: number): number {
    if (nowMs - this.#windowStartMs >= 1_000) {
      this.#windowStartMs = nowMs
      this.#inWindow = 0
    }
    return this.#inWindow < this.#perSecond ? 0 : this.#windowStartMs + 1_000 - nowMs
  }
}
