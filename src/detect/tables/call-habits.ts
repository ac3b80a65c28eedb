const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const HOURS = 24
const GROUPS = 16

/** A group is usual when it was called on another day already. */
const USUAL_AFTER_MS = 20 * HOUR_MS
/** What was not called for a month is forgotten. */
const FORGOTTEN_AFTER_MS = 31 * DAY_MS
/** A call that lasted so long was wanted. */
export const WANTED_MS = 20_000
/** Days and calls until the hours of an account mean something. */
const LEARNT_AFTER_MS = 3 * DAY_MS
const MIN_CALLS = 20

/**
 * Where an account calls and when: groups of destinations with the day of their first call, and calls by the hour of
 * the day. Only calls that somebody talked in teach it, and what is taught counts on later days only: who teaches it
 * in one night gains nothing by that.
 */
export class CallHabits {
  readonly #groups = new Int16Array(GROUPS).fill(-1)
  readonly #firstMs = new Float64Array(GROUPS)
  readonly #lastMs = new Float64Array(GROUPS).fill(Number.NEGATIVE_INFINITY)
  readonly #hours = new Uint16Array(HOURS)
  #calls = 0
  #sinceMs = Number.POSITIVE_INFINITY

  /** A call ended. @param group three digits of the destination, 0 at home @param talkedMs 0 where nobody answered */
  called(group: number, talkedMs: number, nowMs: number): void {
    if (talkedMs < WANTED_MS) return
    this.#sinceMs = Math.min(this.#sinceMs, nowMs)
    const hour = hourOf(nowMs)
    this.#hours[hour] = Math.min(60_000, (this.#hours[hour] ?? 0) + 1)
    this.#calls += 1
    let place = this.#groups.indexOf(group)
    if (place < 0) {
      place = this.#oldest()
      this.#groups[place] = group
      this.#firstMs[place] = nowMs
    } else if (nowMs - (this.#lastMs[place] ?? 0) > FORGOTTEN_AFTER_MS) this.#firstMs[place] = nowMs
    this.#lastMs[place] = nowMs
  }

  /** Whether the account has called there since more than a day. */
  knows(group: number, nowMs: number): boolean {
    const place = this.#groups.indexOf(group)
    if (place < 0) return false
    return (
      nowMs - (this.#firstMs[place] ?? 0) >= USUAL_AFTER_MS &&
      nowMs - (this.#lastMs[place] ?? 0) <= FORGOTTEN_AFTER_MS
    )
  }

  /** Whether it is known when the account calls, and never did within an hour of now. */
  isOddHour(nowMs: number): boolean {
    if (this.#calls < MIN_CALLS || nowMs - this.#sinceMs < LEARNT_AFTER_MS) return false
    const hour = hourOf(nowMs)
    for (let step = HOURS - 1; step <= HOURS + 1; step += 1)
      if ((this.#hours[(hour + step) % HOURS] ?? 0) > 0) return false
    return true
  }

  #oldest(): number {
    let oldest = 0
    for (let place = 1; place < GROUPS; place += 1)
      if ((this.#lastMs[place] ?? 0) < (this.#lastMs[oldest] ?? 0)) oldest = place
    return oldest
  }
}

/** Hour of the event clock's day: which one it is by the wall does not matter, so long as it comes back each day. */
function hourOf(nowMs: number): number {
  const hour = Math.floor(nowMs / HOUR_MS) % HOURS
  return hour < 0 ? hour + HOURS : hour
}
