/** Monday to Sunday, and bank holidays, which are no weekday then. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'holiday'] as const

export type DayName = (typeof DAYS)[number]

/** A time that rules name. */
export interface PolicyTime {
  readonly name: string
  readonly days: readonly DayName[]
  /** Minutes after midnight. Up to `untilMinute`, that one not; beyond midnight when it is the smaller one. */
  readonly fromMinute: number
  readonly untilMinute: number
}

const HOLIDAY = 7
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** What clock and calendar of a time zone show; worked out once a minute. */
export class LocalTime {
  readonly #format: Intl.DateTimeFormat
  readonly #holidays: ReadonlySet<string>
  #minute = Number.NaN
  #today = 0
  #yesterday = 0
  #minuteOfDay = 0
  #now: Readonly<Record<string, string>> = {}

  /**
   * @param zone IANA name
   * @param holidays dates as `2030-12-25`, or `12-25` for every year
   */
  constructor(zone: string, holidays: readonly string[]) {
    this.#holidays = new Set(holidays)
    this.#format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  }

  /** @param wallMs since 1970 */
  isWithin(time: PolicyTime, wallMs: number): boolean {
    this.#look(wallMs)
    const { fromMinute, untilMinute, days } = time
    const today = DAYS[this.#today]
    const now = this.#minuteOfDay
    if (fromMinute < untilMinute) return now >= fromMinute && now < untilMinute && isOne(days, today)
    // What is after midnight belongs to the day on which it began.
    if (now >= fromMinute) return isOne(days, today)
    return now < untilMinute && isOne(days, DAYS[this.#yesterday])
  }

  /** `2030-01-31 13:45`, for people. */
  text(wallMs: number): string {
    this.#look(wallMs)
    const { year, month, day, hour, minute } = this.#now
    return `${DAYS[this.#today] ?? ''} ${year}-${month}-${day} ${hour}:${minute}`
  }

  /** The day, month or hour that a moment belongs to, as a text that grows. */
  period(kind: 'hour' | 'day' | 'month', wallMs: number): string {
    this.#look(wallMs)
    const { year, month, day, hour } = this.#now
    if (kind === 'month') return `${year}-${month}`
    return kind === 'day' ? `${year}-${month}-${day}` : `${year}-${month}-${day}T${hour}`
  }

  #look(wallMs: number): void {
    const minute = Math.floor(wallMs / MINUTE_MS)
    if (minute === this.#minute) return
    this.#minute = minute
    const parts = this.#parts(wallMs)
    this.#now = parts
    const noonMs = Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day), 12)
    this.#today = this.#dayOf(noonMs)
    this.#yesterday = this.#dayOf(noonMs - DAY_MS)
    this.#minuteOfDay = Number(parts.hour) * 60 + Number(parts.minute)
  }

  /** Number of a day in `DAYS`. */
  #dayOf(noonMs: number): number {
    const noon = new Date(noonMs)
    const date = noon.toISOString().slice(0, 10)
    if (this.#holidays.has(date) || this.#holidays.has(date.slice(5))) return HOLIDAY
    return (noon.getUTCDay() + 6) % 7
  }

  #parts(wallMs: number): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#format.formatToParts(wallMs).map(({ type, value }) => [type, value]))
  }
}

function isOne(days: readonly DayName[], day: DayName | undefined): boolean {
  return day !== undefined && days.includes(day)
}
