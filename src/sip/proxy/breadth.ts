/**
 * Max-Breadth of one response context: what its branches hold at once never exceeds what came in.
 *
 * The value that came in is a purse for all branches of the context, also for those that start after others have
 * ended; so all branches that one request ever makes, here and further on, are no more than 60, and names that point
 * at one another end soon instead of being walked through in every order. Only when the purse is too small for the
 * targets is what ended branches held spent again, and only for a request that was not here before: a narrow
 * request still reaches every phone, one after the other, and a spiral ends in 440.
 * @see RFC 5393 §5.3.3
 */
export class Breadth {
  readonly incoming: number
  readonly #isSpiral: boolean
  #free: number
  /** Held by branches that have ended. */
  #returned = 0

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
    return this.incoming - this.#free - this.#returned
  }

  /** Whether this many targets can be reached in all; when not, the answer is 440. */
  isEnoughFor(targets: number): boolean {
    return !this.#isSpiral || targets <= this.#free
  }

  /**
   * Shares out what there is.
   * @param now targets that could start now
   * @param later targets of later rounds, which something is kept for
   * @returns Max-Breadth of each branch to start, at most `now` of them
   */
  take(now: number, later: number): readonly number[] {
    if (now === 1 && later === 0 && this.#free > 0) {
      const all = this.#free
      this.#free = 0
      return [all]
    }
    const count = Math.min(now, this.#free)
    const each = Math.max(1, Math.floor(this.#free / Math.max(1, now + later)))
    const extra = later > 0 ? 0 : Math.max(0, this.#free - each * count)
    const shares: number[] = []
    for (let i = 0; i < count; i++) shares.push(each + (i < extra ? 1 : 0))
    for (const share of shares) this.#free -= share
    while (!this.#isSpiral && shares.length < now && this.#returned > 0) {
      this.#returned -= 1
      shares.push(1)
    }
    return shares
  }

  /** A branch has had its final response. */
  giveBack(share: number): void {
    this.#returned += share
  }
}
