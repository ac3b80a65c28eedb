/**
 * One queue for every deadline of the process: nobody else arms a timer.
 *
 * Deadlines of the same delay fire in the order in which they were set, so each delay is a lane, and setting one is an
 * append. A lane is a linked list: most deadlines of a call are cancelled within milliseconds, and unlinking one
 * touches what was set beside it just now, where a queue that skips dead entries meets each of them again, cold. The
 * owner asks `nextMs` when to wake and calls `run(nowMs)`.
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

class Entry implements Deadline {
  readonly dueMs: number
  readonly name: string
  readonly lane: Lane
  fire: (() => void) | Due | undefined
  before: Entry | undefined
  after: Entry | undefined

  constructor(dueMs: number, fire: (() => void) | Due, name: string, lane: Lane) {
    this.dueMs = dueMs
    this.name = name
    this.lane = lane
    this.fire = fire
    this.before = lane.last
    this.after = undefined
  }
}

interface Lane {
  readonly delayMs: number
  first: Entry | undefined
  last: Entry | undefined
}

/** Empty lanes are kept up to this number: those of the transactions' timers fill again at once. */
const LANES_KEPT = 32

/** The deadline queue; time is an argument, in milliseconds of a monotonic clock. */
export class Deadlines {
  readonly #byDelay = new Map<number, Lane>()
  #lanes: Lane[] = []
  #live = 0

  /** Deadlines set and neither fired nor cancelled. */
  get size(): number {
    return this.#live
  }

  /** Lanes kept: what the queue costs in memory beside its live deadlines. */
  get lanes(): number {
    return this.#lanes.length
  }

  /**
   * @param nowMs never less than in an earlier call
   * @param delayMs delay in ms, at least 0; use few distinct values, each has a lane of its own
   * @param fire called once, from `run`
   * @param name given to `Due.due`
   */
  set(nowMs: number, delayMs: number, fire: (() => void) | Due, name = ''): Deadline {
    const lane = this.#byDelay.get(delayMs) ?? this.#newLane(delayMs)
    const entry = new Entry(nowMs + delayMs, fire, name, lane)
    if (lane.last === undefined) lane.first = entry
    else lane.last.after = entry
    lane.last = entry
    this.#live += 1
    return entry
  }

  cancel(deadline: Deadline | undefined): void {
    if (deadline === undefined || deadline.fire === undefined || !(deadline instanceof Entry)) return
    this.#unlink(deadline)
  }

  /** The earliest due time, or undefined when nothing is set. */
  nextMs(): number | undefined {
    let next: number | undefined
    for (const { first } of this.#lanes) {
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
    for (let lane = this.#earliestDue(nowMs); lane !== undefined; lane = this.#earliestDue(nowMs)) {
      fired += this.#runLane(lane, nowMs)
    }
    if (this.#lanes.length > LANES_KEPT) this.#dropEmptyLanes()
    return fired
  }

  /** Fires what is due in one lane until another one's turn may have come, at least one. */
  #runLane(lane: Lane, nowMs: number): number {
    const untilMs = Math.min(nowMs, this.#earliestBeside(lane))
    let fired = 0
    do {
      const entry = lane.first
      if (entry === undefined) break
      const { fire, name } = entry
      this.#unlink(entry)
      fired += 1
      if (typeof fire === 'function') fire()
      else fire?.due(name)
      // What it set itself has its place among the others: only what is due earlier still goes before that.
    } while (lane.first !== undefined && lane.first.dueMs < untilMs)
    return fired
  }

  #earliestDue(nowMs: number): Lane | undefined {
    let earliest: Lane | undefined
    let dueMs = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes) {
      if (lane.first === undefined || lane.first.dueMs > nowMs || lane.first.dueMs >= dueMs) continue
      earliest = lane
      dueMs = lane.first.dueMs
    }
    return earliest
  }

  #earliestBeside(lane: Lane): number {
    let dueMs = Number.POSITIVE_INFINITY
    for (const other of this.#lanes) {
      if (other !== lane && other.first !== undefined && other.first.dueMs < dueMs) dueMs = other.first.dueMs
    }
    return dueMs
  }

  #unlink(entry: Entry): void {
    const { before, after, lane } = entry
    if (before === undefined) lane.first = after
    else before.after = after
    if (after === undefined) lane.last = before
    else after.before = before
    entry.fire = undefined
    entry.before = undefined
    entry.after = undefined
    this.#live -= 1
  }

  #newLane(delayMs: number): Lane {
    const lane: Lane = { delayMs, first: undefined, last: undefined }
    this.#byDelay.set(delayMs, lane)
    this.#lanes.push(lane)
    return lane
  }

  /** Lanes of an odd delay (an Expires, a back-off) must not stay for ever. */
  #dropEmptyLanes(): void {
    for (const lane of this.#lanes) if (lane.first === undefined) this.#byDelay.delete(lane.delayMs)
    this.#lanes = this.#lanes.filter(lane => lane.first !== undefined)
  }
}
