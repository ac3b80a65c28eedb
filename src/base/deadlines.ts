/**
 * One queue for every deadline of the process: nobody else arms a timer.
 *
 * Deadlines of the same delay fire in the order in which they were set, so each delay is a FIFO and setting
 * one is an append. The owner asks `nextMs` when to wake and calls `run(nowMs)`. Cancelling marks the entry;
 * it is dropped when its time comes, or when most of its lane is dead.
 */
export interface Deadline {
  readonly dueMs: number
  /** Undefined once it fired or was cancelled. */
  readonly fire: (() => void) | Due | undefined
}

/** What has deadlines of several names: spares a closure for each of them. */
export interface Due {
  due(name: string): void
}

interface Entry extends Deadline {
  fire: (() => void) | Due | undefined
  readonly name: string
  readonly lane: Lane
}

interface Lane {
  readonly delayMs: number
  items: Entry[]
  head: number
  /** Cancelled entries from `head` on. */
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

  /** Entries kept, the cancelled ones among them: what the queue costs in memory. */
  get kept(): number {
    let kept = 0
    for (const lane of this.#lanes.values()) kept += lane.items.length
    return kept
  }

  /**
   * @param nowMs never less than in an earlier call
   * @param delayMs delay in ms, at least 0; use few distinct values, each has a lane of its own
   * @param fire called once, from `run`
   * @param name given to `Due.due`
   */
  set(nowMs: number, delayMs: number, fire: (() => void) | Due, name = ''): Deadline {
    let lane = this.#lanes.get(delayMs)
    if (lane === undefined) {
      lane = { delayMs, items: [], head: 0, dead: 0 }
      this.#lanes.set(delayMs, lane)
    }
    const entry: Entry = { dueMs: nowMs + delayMs, fire, name, lane }
    lane.items.push(entry)
    this.#live += 1
    return entry
  }

  cancel(deadline: Deadline | undefined): void {
    if (deadline === undefined || deadline.fire === undefined || !isEntry(deadline)) return
    deadline.fire = undefined
    this.#live -= 1
    const lane = deadline.lane
    lane.dead += 1
    if (lane.dead >= COMPACT_AT && lane.dead * 2 > lane.items.length - lane.head) compact(lane)
  }

  /** The earliest due time, or undefined when nothing is set. */
  nextMs(): number | undefined {
    let next: number | undefined
    for (const lane of this.#lanes.values()) {
      const first = this.#first(lane)
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
      const entry = this.#earliestDue(nowMs)
      if (entry === undefined) return fired
      const fire = entry.fire
      entry.fire = undefined
      entry.lane.head += 1
      this.#live -= 1
      fired += 1
      if (typeof fire === 'function') fire()
      else fire?.due(entry.name)
    }
  }

  #earliestDue(nowMs: number): Entry | undefined {
    let earliest: Entry | undefined
    for (const lane of this.#lanes.values()) {
      const first = this.#first(lane)
      if (first === undefined || first.dueMs > nowMs) continue
      if (earliest === undefined || first.dueMs < earliest.dueMs) earliest = first
    }
    return earliest
  }

  /** The first live entry of a lane; what is dead before it goes. */
  #first(lane: Lane): Entry | undefined {
    while (lane.head < lane.items.length && lane.items[lane.head]?.fire === undefined) {
      lane.head += 1
      lane.dead -= 1
    }
    if (lane.head === lane.items.length) {
      // A lane of an odd delay (an Expires, a back-off) must not stay for ever.
      this.#lanes.delete(lane.delayMs)
      return undefined
    }
    if (lane.head >= COMPACT_AT && lane.head * 2 > lane.items.length) compact(lane)
    return lane.items[lane.head]
  }
}

function isEntry(deadline: Deadline): deadline is Entry {
  return 'lane' in deadline
}

function compact(lane: Lane): void {
  lane.items = lane.items.slice(lane.head).filter(entry => entry.fire !== undefined)
  lane.head = 0
  lane.dead = 0
}
