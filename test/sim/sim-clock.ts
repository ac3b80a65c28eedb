import { Deadlines } from '../../src/base/deadlines.ts'

/** A clock that moves only when told to: from one deadline to the next. */
export class SimClock {
  readonly deadlines = new Deadlines()
  #nowMs = 0

  nowMs(): number {
    return this.#nowMs
  }

  /** Fires every deadline up to that instant, each at its own time. */
  runUntil(untilMs: number): void {
    for (let next = this.deadlines.nextMs(); next !== undefined && next <= untilMs; ) {
      this.#nowMs = Math.max(this.#nowMs, next)
      this.deadlines.run(this.#nowMs)
      next = this.deadlines.nextMs()
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  /** Advances by a time in ms. */
  advance(byMs: number): void {
    this.runUntil(this.#nowMs + byMs)
  }

  /**
   * Runs until nothing is set any more.
   * @param limitMs a simulation that goes on beyond this instant has a deadline that sets itself for ever
   */
  runOut(limitMs: number): void {
    for (let next = this.deadlines.nextMs(); next !== undefined; next = this.deadlines.nextMs()) {
      if (next > limitMs) throw new Error(`still a deadline at ${next} ms`)
      this.runUntil(next)
    }
  }
}
