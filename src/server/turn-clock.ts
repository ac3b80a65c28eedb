/**
 * Monotonic clock of transactions and transports. While a message is handled it stands: a call's messages asked for the
 * time two dozen times, at 0.1 µs each.
 */
export class TurnClock {
  readonly #read: () => number
  #heldMs: number | undefined

  /** @param read the clock that runs, in ms */
  constructor(read: () => number) {
    this.#read = read
  }

  /** Milliseconds. */
  readonly nowMs = (): number => this.#heldMs ?? this.#read()

  hold(): void {
    this.#heldMs = this.#read()
  }

  release(): void {
    this.#heldMs = undefined
  }
}
