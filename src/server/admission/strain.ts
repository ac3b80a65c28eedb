/** What was measured since the look before. */
export interface StrainSample {
  /** Monotonic, ms. */
  readonly nowMs: number
  /** How late the event loop came to this look, ms. */
  readonly lagMs: number
  /** How long a datagram waits that comes now, as far as the system tells, ms. */
  readonly queueMs: number
  /** Datagrams that the receive queue lost since the look before. */
  readonly overflows: number
  /** Part of the time that the event loop worked, 0 to 1. */
  readonly busy: number
  /** Part of the messages that came from strangers, 0 to 1. */
  readonly strangers: number
  /** Datagrams that came since the look before. */
  readonly received: number
  /** Datagrams of strangers that were refused for want of time since the look before. */
  readonly refused: number
}

/** What follows. */
export interface Strained {
  readonly isStrained: boolean
  /** Part of the processor's time for strangers, 0 to 1. */
  readonly share: number
  /** 0: nothing is refused; each whole number is one class of requests refused wholly. At most `MAX_PRESSURE`. */
  readonly pressure: number
}

/** Classes of requests that may be refused: strangers', new ones of known flows, registrations of known flows. */
export const MAX_PRESSURE = 3

/**
 * How strained the server is, as a machine of its own: what a message waits is the control variable. Strangers' part
 * of the time is what gives first, and fast; only when that did not help requests of others are refused, class by
 * class. Both come back slowly, so that nothing swings.
 */
export class Strain {
  readonly #targetMs: number
  readonly #maxShare: number
  #isStrained = false
  #share: number
  #pressure = 0
  #quietSinceMs = 0
  #lateLooks = 0
  /** Strangers' part of the time, over the last second or so: a burst is none. */
  #crowd = 0
  /** Datagrams a look, over the last second or so. */
  #received = 0

  /** @param targetMs how long a message may wait @param maxShare what strangers get at most, `MIN_SHARE` to 1 */
  constructor(targetMs: number, maxShare: number) {
    this.#targetMs = targetMs
    this.#maxShare = maxShare
    this.#share = maxShare
  }

  /** Takes a look; at about equal intervals of 50 ms. */
  look(sample: StrainSample): Strained {
    const { nowMs, overflows, lagMs, queueMs, refused } = sample
    const waitMs = lagMs + queueMs
    // A pause or two in a row, as collector and compiler make them, are none of load.
    const isPause = queueMs <= this.#targetMs && this.#lateLooks < MAX_PAUSES
    this.#lateLooks = lagMs > this.#targetMs ? this.#lateLooks + 1 : 0
    this.#received += (sample.received - this.#received) * CROWD_WEIGHT
    // A machine that is slow for other reasons is not helped by turning away the few who ask.
    const isFew = sample.strangers > CROWDED && this.#received < FEW && refused === 0
    const isLate = overflows > 0 || (waitMs > this.#targetMs && !isPause && !isFew)
    this.#crowd += (sample.busy * sample.strangers - this.#crowd) * CROWD_WEIGHT
    const isCrowded = this.#crowd > CROWDED && !isFew
    if (isLate || isCrowded || refused > 0) this.#quietSinceMs = nowMs
    if (!this.#isStrained) {
      if (!isLate && !isCrowded) return this.#now()
      this.#isStrained = true
      this.#share = this.#maxShare
    }
    this.#turn(isLate, waitMs, refused)
    if (this.#pressure === 0 && nowMs - this.#quietSinceMs >= CALM_MS) this.#isStrained = false
    return this.#now()
  }

  #turn(isLate: boolean, waitMs: number, refused: number): void {
    if (!isLate) {
      if (waitMs > this.#targetMs * NEARLY) return
      // The last that gave is the first that comes back.
      if (this.#pressure > 0) this.#pressure = Math.max(0, this.#pressure - PRESSURE_DOWN)
      else this.#share = Math.min(this.#maxShare, this.#share * SHARE_UP)
      return
    }
    const isSpent = refused === 0 || this.#share <= MIN_SHARE
    this.#share = Math.max(MIN_SHARE, this.#share * SHARE_DOWN)
    // A wait much above the target asks for more.
    const steps = Math.min(MAX_STEPS, Math.max(1, waitMs / (2 * this.#targetMs)))
    if (isSpent) this.#pressure = Math.min(MAX_PRESSURE, this.#pressure + PRESSURE_UP * steps)
  }

  #now(): Strained {
    return {
      isStrained: this.#isStrained,
      share: this.#isStrained ? this.#share : 1,
      pressure: this.#pressure,
    }
  }
}

/** Strangers never get less than a fiftieth: who is new is heard at last. */
const MIN_SHARE = 0.02
const SHARE_DOWN = 0.7
const SHARE_UP = 1.03
/** More than half of the time for strangers is not for long. */
const CROWDED = 0.5
/** Datagrams a look of 50 ms that are no flood, from whomever: 400 a second. */
const FEW = 20
/** Looks in a row that come late and are borne. */
const MAX_PAUSES = 2
/** Of one look: all of the time for strangers is too long after 0.7 s. */
const CROWD_WEIGHT = 0.05
/** From nothing to a whole class in a second. */
const PRESSURE_UP = 0.05
const MAX_STEPS = 4
const PRESSURE_DOWN = 0.02
/** Nothing is given back while the wait is nearly at its target. */
const NEARLY = 0.5
/** Quiet for so long, and all is as ever. */
const CALM_MS = 2000
