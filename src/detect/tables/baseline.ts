const HOUR_MS = 3_600_000
/** Any 24 hours touch five such spans at most, and (1 + drift / 6)⁵ stays below 1 + drift. */
const SPAN_MS = 6 * HOUR_MS
const SPAN_PART = 6
const HOURS_OF_WEEK = 168

export interface BaselineOptions {
  /** What is expected before anything was learned. */
  readonly prior: number
  /** Until so long after its start it learns freely up to `coldMax`, later by the drift of a day. */
  readonly coldMs: number
  /** The most that is learned before that: an attack that is there from the start is not taken for usual. */
  readonly coldMax: number
  /** Part by which the level may move in a day, and an hour of the week from week to week. */
  readonly driftPerDay: number
}

/**
 * What a series usually is: an exponentially weighted mean with the memory of an hour, and one for each hour of the
 * week once that hour was seen. Neither moves further than the drift of a day allows, however long somebody pushes.
 * Who finds something does not teach it: the estimate is frozen meanwhile.
 */
export class Baseline {
  readonly #options: BaselineOptions
  /** NaN: not seen yet. */
  readonly #hours = new Float64Array(HOURS_OF_WEEK).fill(Number.NaN)
  #level: number
  #hour = -1
  #hourAnchor = 0
  #spanAnchor: number
  #beganMs = Number.NaN
  #spanMs = 0
  #taughtMs = 0

  constructor(options: BaselineOptions) {
    this.#options = options
    this.#level = options.prior
    this.#spanAnchor = options.prior
  }

  expected(nowMs: number): number {
    const usual = this.#hours[hourOfWeek(nowMs)] ?? Number.NaN
    return Number.isNaN(usual) ? this.#level : usual
  }

  /** Teaches it what was seen since the last time. */
  learn(value: number, nowMs: number): void {
    if (Number.isNaN(this.#beganMs)) this.#begin(nowMs)
    const weight = 1 - Math.exp(-Math.max(0, nowMs - this.#taughtMs) / HOUR_MS)
    this.#taughtMs = nowMs
    this.#turn(nowMs)
    const next = this.#level + weight * (value - this.#level)
    this.#level = this.#isCold(nowMs)
      ? Math.min(next, this.#options.coldMax)
      : this.#near(next, this.#spanAnchor, this.#options.driftPerDay / SPAN_PART)
    const hour = this.#hours[this.#hour] ?? Number.NaN
    if (!Number.isNaN(hour)) {
      this.#hours[this.#hour] = this.#near(
        hour + weight * (value - hour),
        this.#hourAnchor,
        this.#options.driftPerDay,
      )
    }
  }

  #begin(nowMs: number): void {
    this.#beganMs = nowMs
    this.#spanMs = nowMs
    this.#taughtMs = nowMs
    this.#hour = hourOfWeek(nowMs)
  }

  #isCold(nowMs: number): boolean {
    return nowMs - this.#beganMs < this.#options.coldMs
  }

  /** An hour that ends for the first time is kept as the level of its end. */
  #turn(nowMs: number): void {
    if (this.#isCold(nowMs) || nowMs - this.#spanMs >= SPAN_MS) {
      this.#spanMs = nowMs
      this.#spanAnchor = this.#level
    }
    const hour = hourOfWeek(nowMs)
    if (hour === this.#hour) return
    if (Number.isNaN(this.#hours[this.#hour])) this.#hours[this.#hour] = this.#level
    this.#hour = hour
    this.#hourAnchor = this.#hours[hour] ?? 0
  }

  #near(value: number, anchor: number, part: number): number {
    const reach = part * Math.max(anchor, this.#options.prior)
    return Math.min(anchor + reach, Math.max(anchor - reach, value))
  }
}

function hourOfWeek(nowMs: number): number {
  const hours = Math.floor(nowMs / HOUR_MS) % HOURS_OF_WEEK
  return hours < 0 ? hours + HOURS_OF_WEEK : hours
}
