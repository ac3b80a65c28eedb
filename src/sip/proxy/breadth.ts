/**
 * Max-Breadth of one response context: what its branches hold at once never exceeds what came in.
 *
 * A request that comes here for the first time gets back what a finished branch held, so a narrow one still reaches
 * every target, one after the other. A spiralling request does not: every branch that it ever starts is paid from
 * the same purse, so that contacts which point at one another's names end in 440 instead of a walk through every
 * order of them.
 * @see RFC 5393 §5.3.3
 */
export class Breadth {
  readonly incoming: number
  readonly #isSpiral: boolean
  #free: number

  /**
   * @param incoming 1 to 60
   * @param isSpiral whether the request has passed us before (`passageOf`)
   */
  constructor(incoming: number, isSpiral: boolean) {
    this.incoming = incoming
    this.#isSpiral = isSpiral
    this.#free = incoming
  }

  /** Held by branches now. */
  get outgoing(): number {
    return this.incoming - this.#free
  }

  /** Whether this many targets can be reached in all; when not, the answer is 440. */
  isEnoughFor(targets: number): boolean {
    return !this.#isSpiral || targets <= this.#free
  }

  /**
   * Shares out what is free.
   * @param now targets that could start now
   * @param later targets of later rounds, which a spiral must keep something for
   * @returns Max-Breadth of each branch to start, at most `now` of them
   */
  take(now: number, later: number): readonly number[] {
    const among = this.#isSpiral ? now + later : now
    const count = Math.min(now, this.#free)
    if (count === 0) return []
    const each = Math.max(1, Math.floor(this.#free / Math.max(1, among)))
    const extra = this.#isSpiral ? 0 : Math.max(0, this.#free - each * count)
    const shares: number[] = []
    for (let i = 0; i < count; i++) shares.push(each + (i < extra ? 1 : 0))
    for (const share of shares) this.#free -= share
    return shares
  }

  /** A branch has had its final response. */
  giveBack(share: number): void {
    if (!this.#isSpiral) this.#free += share
  }
}
