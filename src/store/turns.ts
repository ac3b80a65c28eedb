/** Something that waits for its turn on an address-of-record. */
export interface Turn {
  /** Its turn has come; it ends with `leave`. */
  begin(): void
}

/** Who waits behind the one whose turn it is. */
interface Line {
  readonly waiting: Turn[]
}

/**
 * One at a time per key, in the order of the calls. Where nobody waits, which is nearly always, a turn costs a mark
 * in a map: no promise and no closure.
 */
export class Turns {
  /** Keys whose turn is taken; null when nobody waits behind. */
  readonly #taken = new Map<string, Line | null>()
  readonly #max: number
  #count = 0

  /** @param max bound of turns taken and waiting, over all keys */
  constructor(max: number) {
    this.#max = max
  }

  get isFull(): boolean {
    return this.#count >= this.#max
  }

  /**
   * Takes the turn of `key`, or waits for it. Ask `isFull` first.
   * @returns whether it is taken at once; else `begin` is called later
   */
  enter(key: string, turn: Turn): boolean {
    this.#count += 1
    const line = this.#taken.get(key)
    if (line === undefined) {
      this.#taken.set(key, null)
      return true
    }
    if (line === null) this.#taken.set(key, { waiting: [turn] })
    else line.waiting.push(turn)
    return false
  }

  /** Ends a turn; the next one in line begins before this returns. */
  leave(key: string): void {
    this.#count -= 1
    const line = this.#taken.get(key)
    const next = line?.waiting.shift()
    if (next === undefined) this.#taken.delete(key)
    else next.begin()
  }
}
