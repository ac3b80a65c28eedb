import { type Deadline, Deadlines, type Due } from '../../base/deadlines.ts'
import type { PolicyClass, PolicyLimit } from './policy.ts'
import type { LocalTime } from './times.ts'

/*
 * What is counted, and when. A call holds its place from the moment at which its INVITE is let through: a place that
 * were counted only when the call is answered could be passed by ringing at many phones at once. It gives the place
 * back when the INVITE fails; when a BYE of its dialogs ends them; when a session timer that the callee runs ends
 * without a refresh (RFC 4028 §10: he hangs up then); or after the longest time of a call. So a BYE that is lost holds
 * nothing for ever, and one that does not end the call frees nothing.
 *
 * Money: a proxy can end no call. A call that is answered has reserved its connection and the minute that runs, and
 * reserves each further minute when it begins, so that what is refused meanwhile knows what the others cost. At its end
 * it is settled by the second.
 */

/** The parts of a call that limits are about. */
export interface CountedCall {
  /** `user@domain`; undefined where a trunk calls. */
  readonly account: string | undefined
  readonly aors: readonly string[]
  /** Trunks that it comes and leaves by. */
  readonly trunks: readonly string[]
  readonly toClass: string
}

/** Now, by the clock that only goes forward and by the one of the calendar. */
export interface Moment {
  readonly nowMs: number
  /** Since 1970. */
  readonly wallMs: number
}

/** The bound that has no room. */
export interface Full {
  readonly limit: string
  readonly kind: 'calls' | 'spend'
}

/** What limits there are. */
export interface TallyRules {
  readonly limits: readonly PolicyLimit[]
  readonly classes: readonly PolicyClass[]
  readonly localTime: LocalTime
  readonly maxCallSeconds: number
}

/** Money that somebody spent in a period, to be kept over a restart. */
export interface Spent {
  readonly key: string
  readonly period: string
  readonly amount: number
}

const MINUTE_MS = 60_000
/** RFC 4028 §10: the side that does not get a refresh hangs up shortly before; its BYE may be slow. */
const SESSION_GRACE_SECONDS = 32
/** RFC 4028 §4: no session is shorter. */
const MIN_SESSION_SECONDS = 90

interface Counter {
  readonly key: string
  readonly limit: string
  calls: number
  period: string
  spent: number
  /** Of calls that run. */
  reserved: number
}

/** Calls at once and money, counted by the limits of a policy. */
export class Tally {
  #rules: TallyRules
  readonly #maxCalls: number
  readonly #deadlines = new Deadlines()
  readonly #counters = new Map<string, Counter>()
  readonly #calls = new Map<string, Held>()
  readonly #byDialog = new Map<string, Held>()
  /** From the clock that only goes forward to the one of the calendar. */
  #offsetMs = 0

  /** @param maxCalls calls that are counted at once; beyond it everything counts as full */
  constructor(rules: TallyRules, maxCalls: number) {
    this.#rules = rules
    this.#maxCalls = maxCalls
  }

  /** Calls that hold a place. */
  get size(): number {
    return this.#calls.size
  }

  /** A reload: what runs stays counted; bounds of the same name go on with what they counted. */
  configure(rules: TallyRules): void {
    this.#rules = rules
    // Where nothing is bounded nobody tells of ends.
    if (rules.limits.length === 0) for (const held of this.#calls.values()) this.#drop(held)
  }

  /**
   * Takes a place in every bound that the call is in, or in none.
   * @param id names the call until it is over
   */
  begin(id: string, call: CountedCall, moment: Moment): Full | undefined {
    if (!isBounded(this.#rules, call)) return undefined
    this.run(moment)
    const price = this.#rules.classes.find(({ name }) => name === call.toClass)
    if (this.#calls.size >= this.#maxCalls || this.#calls.has(id))
      return { limit: 'calls-counted', kind: 'calls' }
    const perMinute = price?.perMinute ?? 0
    const perCall = price?.perCall ?? 0
    const counters: Counter[] = []
    for (const limit of this.#rules.limits) {
      for (const who of whoOf(limit, call)) {
        const counter = this.#counterOf(limit, who, moment)
        const full = fullOf(limit, counter, perCall + perMinute)
        if (full !== undefined) {
          this.#forget(counter)
          for (const each of counters) this.#forget(each)
          return full
        }
        counters.push(counter)
      }
    }
    const held = new Held(this, id, counters, { perMinute, perCall })
    for (const counter of counters) counter.calls += 1
    held.reserve(perCall + perMinute)
    held.end = this.#deadlines.set(moment.nowMs, this.#rules.maxCallSeconds * 1000, held, 'end')
    this.#calls.set(id, held)
    return undefined
  }

  /** It came to nothing. Of no effect once it was answered. */
  released(id: string, moment: Moment): void {
    this.run(moment)
    const held = this.#calls.get(id)
    if (held !== undefined && held.answeredMs === undefined) this.#drop(held)
  }

  /**
   * A dialog of it is up.
   * @param dialog names it among all
   * @param sessionSeconds of its session timer, when it has one
   */
  answered(id: string, dialog: string, sessionSeconds: number | undefined, moment: Moment): void {
    this.run(moment)
    const held = this.#calls.get(id)
    if (held === undefined) return
    held.dialogs.add(dialog)
    this.#byDialog.set(dialog, held)
    if (held.answeredMs === undefined) {
      held.answeredMs = moment.nowMs
      held.topUp = this.#nextMinute(held, moment.nowMs)
    }
    this.#endsBy(held, sessionSeconds, moment)
  }

  /** A request inside it was answered, which may have set its session timer anew (RFC 4028 §8.2). */
  lasts(dialog: string, sessionSeconds: number | undefined, moment: Moment): void {
    this.run(moment)
    const held = this.#byDialog.get(dialog)
    if (held !== undefined) this.#endsBy(held, sessionSeconds, moment)
  }

  /** One dialog of it is over; with the last one so is the call. */
  ended(dialog: string, moment: Moment): void {
    this.run(moment)
    const held = this.#byDialog.get(dialog)
    if (held === undefined) return
    held.dialogs.delete(dialog)
    this.#byDialog.delete(dialog)
    if (held.dialogs.size === 0) this.#settle(held, moment.nowMs, moment.wallMs)
  }

  /** What has rung only, of a process that is gone: nobody will tell its end. @param prefix of its ids */
  lost(prefix: string): void {
    for (const [id, held] of this.#calls) {
      if (id.startsWith(prefix) && held.answeredMs === undefined) this.#drop(held)
    }
  }

  /** Ends what is due. */
  run({ nowMs, wallMs }: Moment): void {
    this.#offsetMs = wallMs - nowMs
    this.#deadlines.run(nowMs)
  }

  /** Money by who spent it, that of running calls included. */
  spent(): readonly Spent[] {
    return [...this.#counters.values()].flatMap(({ key, period, spent, reserved }) =>
      spent + reserved === 0 ? [] : [{ key, period, amount: spent + reserved }],
    )
  }

  /** Calls at once by the name of the limit. */
  callsByLimit(): ReadonlyMap<string, number> {
    const calls = new Map(this.#rules.limits.map(({ name }) => [name, 0]))
    for (const { limit, calls: count } of this.#counters.values())
      if (calls.has(limit)) calls.set(limit, (calls.get(limit) ?? 0) + count)
    return calls
  }

  /** Takes up what an earlier process knew. */
  restore(all: readonly Spent[]): void {
    for (const { key, period, amount } of all) {
      const limit = key.slice(0, Math.max(0, key.indexOf('\n')))
      this.#counters.set(key, { key, limit, calls: 0, period, spent: amount, reserved: 0 })
    }
  }

  /** A deadline of a call. */
  due(held: Held, name: string, dueMs: number): void {
    if (name === 'end') return this.#settle(held, dueMs, dueMs + this.#offsetMs)
    held.reserve(held.price.perMinute)
    held.topUp = this.#nextMinute(held, dueMs)
  }

  #nextMinute(held: Held, nowMs: number): Deadline | undefined {
    return held.price.perMinute === 0 ? undefined : this.#deadlines.set(nowMs, MINUTE_MS, held, 'minute')
  }

  #endsBy(held: Held, sessionSeconds: number | undefined, { nowMs }: Moment): void {
    const most = this.#rules.maxCallSeconds
    const session = sessionSeconds === undefined ? most : Math.max(sessionSeconds, MIN_SESSION_SECONDS)
    const leftMs = (held.answeredMs ?? nowMs) + most * 1000 - nowMs
    const delayMs = Math.max(0, Math.min(leftMs, (session + SESSION_GRACE_SECONDS) * 1000))
    this.#deadlines.cancel(held.end)
    held.end = this.#deadlines.set(nowMs, delayMs, held, 'end')
  }

  #settle(held: Held, nowMs: number, wallMs: number): void {
    const { answeredMs, price, counters } = held
    if (answeredMs !== undefined) {
      const seconds = Math.ceil(Math.max(0, nowMs - answeredMs) / 1000)
      const cost = price.perCall + Math.ceil((seconds * price.perMinute) / 60)
      for (const counter of counters) {
        const limit = this.#rules.limits.find(({ name }) => name === counter.limit)
        if (limit?.spend === undefined) continue
        this.#turn(counter, limit, wallMs)
        counter.spent += cost
      }
    }
    this.#drop(held)
  }

  #drop(held: Held): void {
    this.#deadlines.cancel(held.end)
    this.#deadlines.cancel(held.topUp)
    this.#calls.delete(held.id)
    for (const dialog of held.dialogs) this.#byDialog.delete(dialog)
    held.reserve(-held.reserved)
    for (const counter of held.counters) {
      counter.calls -= 1
      this.#forget(counter)
    }
  }

  #counterOf(limit: PolicyLimit, who: string, { wallMs }: Moment): Counter {
    const key = `${limit.name}\n${who}`
    let counter = this.#counters.get(key)
    if (counter === undefined) {
      counter = { key, limit: limit.name, calls: 0, period: '', spent: 0, reserved: 0 }
      this.#counters.set(key, counter)
    }
    this.#turn(counter, limit, wallMs)
    return counter
  }

  /** A period that is over is forgotten. */
  #turn(counter: Counter, { spend, period }: PolicyLimit, wallMs: number): void {
    if (spend === undefined) return
    const now = this.#rules.localTime.period(period, wallMs)
    if (counter.period === now) return
    counter.period = now
    counter.spent = 0
  }

  #forget({ key, calls, spent }: Counter): void {
    if (calls === 0 && spent === 0) this.#counters.delete(key)
  }
}

class Held implements Due {
  readonly id: string
  readonly counters: readonly Counter[]
  readonly price: { readonly perMinute: number; readonly perCall: number }
  readonly dialogs = new Set<string>()
  readonly #tally: Tally
  answeredMs: number | undefined
  reserved = 0
  end: Deadline | undefined
  topUp: Deadline | undefined

  constructor(tally: Tally, id: string, counters: readonly Counter[], price: Held['price']) {
    this.#tally = tally
    this.id = id
    this.counters = counters
    this.price = price
  }

  reserve(amount: number): void {
    this.reserved += amount
    for (const counter of this.counters) counter.reserved += amount
  }

  due(name: string): void {
    const dueMs = (name === 'end' ? this.end : this.topUp)?.dueMs ?? 0
    this.#tally.due(this, name, dueMs)
  }
}

/** Whether a limit is about a call at all. */
export function isBounded(
  { limits, classes }: Pick<TallyRules, 'limits' | 'classes'>,
  call: CountedCall,
): boolean {
  if (classes.some(({ name, isUnbounded }) => isUnbounded && name === call.toClass)) return false
  return limits.some(limit => whoOf(limit, call).length > 0)
}

/** Who a limit counts a call for; nobody when it is not about it. */
function whoOf(limit: PolicyLimit, call: CountedCall): readonly string[] {
  const { per, of, class: only } = limit
  if (only !== undefined && only !== call.toClass) return NOBODY
  if (per === 'all') return ALL
  if (per === 'trunk') return of === undefined ? call.trunks : call.trunks.filter(trunk => trunk === of)
  if (call.account === undefined || (of !== undefined && !call.aors.includes(of))) return NOBODY
  return [call.account]
}

const NOBODY: readonly string[] = []
const ALL: readonly string[] = ['']

function fullOf({ name, calls, spend }: PolicyLimit, counter: Counter, price: number): Full | undefined {
  if (calls !== undefined && counter.calls >= calls) return { limit: name, kind: 'calls' }
  if (spend === undefined || price === 0) return undefined
  return counter.spent + counter.reserved + price > spend ? { limit: name, kind: 'spend' } : undefined
}
