/**
 * One queue for every deadline of the process: nobody else arms a timer.
 *
 * Deadlines of the same delay fire in the order in which they were set, so each delay is a FIFO and setting
 * one is an append. The owner asks `nextMs` when to wake and calls `run(nowMs)`. Cancelling marks the entry;
 * it is dropped when its time comes or when most of its lane is dead.
 */
export interface Deadline {
  readonly dueMs: number
  /** Undefined once it fired or was cancelled. */
  fire: (() => void) | undefined
}

interface Lane {
  items: Deadline[]
  head: number
  dead: number
}

const COMPACT_AT = 1024

/** The deadline queue; time is an argument, in milliseconds of a monotonic clock. */
export class Deadlines {
  readonly #lanes = new Map<number, Lane>()
  #live = 0

  /** Deadlines set and neither fired nor cancelled. */
  get size(): number {
    return this.#live
  }

  /**
   * @param delayMs delay in ms, at least 0; use few distinct values, each has a lane of its own
   * @param fire called once, from `run`
   */
  set(nowMs: number, delayMs: number, fire: () => void): Deadline {
    let lane = this.#lanes.get(delayMs)
    if (lane === undefined) {
      lane = { items: [], head: 0, dead: 0 }
      this.#lanes.set(delayMs, lane)
    }
    const deadline: Deadline = { dueMs: nowMs + delayMs, fire }
    lane.items.push(deadline)
    this.#live += 1
    return deadline
  }

  cancel(deadline: Deadline | undefined): void {
    if (deadline === undefined || deadline.fire === undefined) return
    deadline.fire = undefined
    this.#live -= 1
  }

  /** The earliest due time, or undefined when nothing is set. */
  nextMs(): number | undefined {
    let next: number | undefined
    for (const [delay, lane] of this.#lanes) {
      this.#skipDead(delay, lane)
      const first = lane.items[lane.head]
      if (first !== undefined && (next === undefined || first.dueMs < next)) next = first.dueMs
    }
    return next
  }

  /**
   * Fires everything due, earliest first across lanes.
   * @returns how many fired
   */
  run(nowMs: number): number {
    let fired = 0
    for (;;) {
      const due = this.#earliestDue(nowMs)
      if (due === undefined) return fired
      const fire = due.fire
      due.fire = undefined
      if (fire !== undefined) {
        this.#live -= 1
        fired += 1
        fire()
      }
    }
  }

  #earliestDue(nowMs: number): Deadline | undefined {
    let from: Lane | undefined
    let earliest: Deadline | undefined
    for (const [delay, lane] of this.#lanes) {
      this.#skipDead(delay, lane)
      const first = lane.items[lane.head]
      if (
        first !== undefined &&
        first.dueMs <= nowMs &&
        (earliest === undefined || first.dueMs < earliest.dueMs)
      ) {
        earliest = first
        from = lane
      }
    }
    if (from !== undefined) from.head += 1
    return earliest
  }

  #skipDead(delay: number, lane: Lane): void {
    while (lane.head < lane.items.length && lane.items[lane.head]?.fire === undefined) lane.head += 1
    if (lane.head === lane.items.length) {
      // A lane of an odd delay (an Expires, a back-off) must not stay for ever.
      this.#lanes.delete(delay)
      return
    }
    if (lane.head >= COMPACT_AT && lane.head * 2 > lane.items.length) {
      lane.items = lane.items.slice(lane.head)
      lane.head = 0
    }
  }
}
