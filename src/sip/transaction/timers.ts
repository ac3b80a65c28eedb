import type { Deadline, Deadlines, Due } from '../../base/deadlines.ts'
import type { ClientAction, ClientState, ServerAction, ServerState, TimerName } from './table.ts'

/** The three values that all timers are derived from (RFC 3261 §17.1.1.1, table 4), in milliseconds. */
export interface TimerSettings {
  /** Estimate of the round-trip time; less than 500 only in closed networks. */
  readonly t1Ms: number
  /** Longest interval between retransmissions. */
  readonly t2Ms: number
  /** How long a message may live in the network. */
  readonly t4Ms: number
}

/** Every value of the timers, made once. */
export interface Timers extends TimerSettings {
  /** Timers B, F, H, J, L, M: 64*T1. */
  readonly lifetimeMs: number
  /** Timer D: at least 32 s, since T1 of the other side is unknown (RFC 6026 §8.4). */
  readonly timerDMs: number
  /** An INVITE is answered with 100 when the user gives nothing in that time (RFC 3261 §17.2.1). */
  readonly trying100Ms: number
  /** RFC 4320 §4.1: the time after which a client's timer E is set to T2; 3.5 s by default. */
  readonly nonInvite100Ms: number
}

const DEFAULT_SETTINGS: TimerSettings = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 }

/** Derives the timers; without settings the defaults of RFC 3261. */
export function makeTimers(settings: Partial<TimerSettings> = {}): Timers {
  const { t1Ms, t2Ms, t4Ms } = { ...DEFAULT_SETTINGS, ...settings }
  let nonInvite100Ms = 0
  for (let intervalMs = t1Ms; intervalMs < t2Ms; intervalMs *= 2) nonInvite100Ms += intervalMs
  const lifetimeMs = 64 * t1Ms
  return {
    t1Ms,
    t2Ms,
    t4Ms,
    lifetimeMs,
    timerDMs: Math.max(32_000, lifetimeMs),
    trying100Ms: 200,
    nonInvite100Ms,
  }
}

/**
 * How long a timer runs.
 * @param previousMs interval of the retransmission before, 0 for the first (timers A, E, G)
 * @returns ms; 0 when the state is left at once; undefined when the timer is not used on that transport
 */
export function timerMs(
  name: TimerName,
  timers: Timers,
  isInvite: boolean,
  isReliable: boolean,
  previousMs: number,
): number | undefined {
  switch (name) {
    case 'timer A':
      if (isReliable) return undefined
      return previousMs === 0 ? timers.t1Ms : 2 * previousMs
    case 'timer E':
    case 'timer G':
      if (isReliable) return undefined
      return previousMs === 0 ? timers.t1Ms : Math.min(2 * previousMs, timers.t2Ms)
    case 'timer D':
      return isReliable ? 0 : timers.timerDMs
    case 'timer I':
    case 'timer K':
      return isReliable ? 0 : timers.t4Ms
    case 'timer J':
      return isReliable ? 0 : timers.lifetimeMs
    case 'timer 100':
      return isInvite ? timers.trying100Ms : timers.nonInvite100Ms
    default:
      return timers.lifetimeMs
  }
}

/** A transaction as its timers see it: it never has two of one kind at once. */
export interface Timed extends Due {
  readonly isInvite: boolean
  readonly isReliable: boolean
  /** Timers A, E, G and 100. */
  repeat: Deadline | undefined
  /** The timer that ends the state. */
  lifetime: Deadline | undefined
  /** Interval of the last retransmission, 0 before the first. */
  intervalMs: number
}

/** What timers run by. */
export interface Clock {
  nowMs(): number
  readonly deadlines: Deadlines
  readonly timers: Timers
}

/** @returns true when the timer is zero: the caller takes the event at once */
export function startTimer(clock: Clock, timed: Timed, name: TimerName): boolean {
  const delayMs = timerMs(name, clock.timers, timed.isInvite, timed.isReliable, timed.intervalMs)
  if (delayMs === undefined) return false
  if (delayMs === 0) return true
  if (name === 'timer A' || name === 'timer E' || name === 'timer G') timed.intervalMs = delayMs
  setTimer(clock, timed, name, delayMs)
  return false
}

/** Timer E in Proceeding no longer doubles (RFC 3261 §17.1.2.2). */
export function startTimerEAtT2(clock: Clock, timed: Timed): void {
  timed.intervalMs = clock.timers.t2Ms
  setTimer(clock, timed, 'timer E', clock.timers.t2Ms)
}

export function stopTimer(clock: Clock, timed: Timed, name: TimerName): void {
  clock.deadlines.cancel(isRepeating(name) ? timed.repeat : timed.lifetime)
}

export function stopTimers(clock: Clock, timed: Timed): void {
  clock.deadlines.cancel(timed.repeat)
  clock.deadlines.cancel(timed.lifetime)
}

function setTimer(clock: Clock, timed: Timed, name: TimerName, delayMs: number): void {
  stopTimer(clock, timed, name)
  const deadline = clock.deadlines.set(clock.nowMs(), delayMs, timed, name)
  if (isRepeating(name)) timed.repeat = deadline
  else timed.lifetime = deadline
}

function isRepeating(name: TimerName): boolean {
  return name === 'timer A' || name === 'timer E' || name === 'timer G' || name === 'timer 100'
}

/** A word of a cell: states stand there too. */
type Word = ClientAction | ClientState | ServerAction | ServerState

/** Which timer a word starts. */
export const STARTS: { readonly [word in Word]?: TimerName } = {
  'start 100': 'timer 100',
  'start A': 'timer A',
  'start B': 'timer B',
  'start D': 'timer D',
  'start E': 'timer E',
  'start F': 'timer F',
  'start G': 'timer G',
  'start H': 'timer H',
  'start I': 'timer I',
  'start J': 'timer J',
  'start K': 'timer K',
  'start L': 'timer L',
  'start M': 'timer M',
}

/** Which timer a word stops. */
export const STOPS: { readonly [word in Word]?: TimerName } = {
  'stop 100': 'timer 100',
  'stop A': 'timer A',
  'stop B': 'timer B',
  'stop E': 'timer E',
  'stop F': 'timer F',
  'stop G': 'timer G',
  'stop H': 'timer H',
}
