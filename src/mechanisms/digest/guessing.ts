import { BoundedMap } from '../../base/bounded-map.ts'

/**
 * Guesses cost time that grows (DIG-32). Wrong answers are counted per user, per source, and per pair of
 * both; while the wait of a count lasts, answers are not even looked at, so a guess in that time tells
 * nothing and costs no hash.
 *
 * A stranger must not be able to lock a user out: a pair that gave a right answer within a day answers only
 * for its own mistakes. And one phone with an old password must not lock out an office behind one address: a
 * pair counts against its source the first few times only, since the same phone again is not a new guess.
 *
 * Users are counted by the name that was offered, whether or not it exists (DIG-31).
 */
interface Count {
  failures: number
  lastMs: number
  untilMs: number
  /** Pairs: when the last right answer came. */
  verifiedMs: number
}

interface Growth {
  /** Failures that cost nothing. */
  readonly free: number
  readonly maxMs: number
}

const PAIR: Growth = { free: 3, maxMs: 15 * 60_000 }
const SOURCE: Growth = { free: 20, maxMs: 15 * 60_000 }
/** Low: anybody can raise the count of a user, and the user's new phone has to wait for it. */
const USER: Growth = { free: 10, maxMs: 60_000 }

const FIRST_WAIT_MS = 1000
/** Failures are forgotten when none came for this long. */
const FORGET_MS = 60 * 60_000
const VERIFIED_MS = 24 * 60 * 60_000
/** A right answer is written down again at most this often. */
const REFRESH_MS = 60_000
const PAIR_FAILURES_OF_SOURCE = 3
const MAX_DOUBLINGS = 20
const NEVER = Number.NEGATIVE_INFINITY

/** Counts wrong answers; time is Unix time in ms. */
export class Guessing {
  readonly #pairs: BoundedMap<string, Count>
  readonly #users: BoundedMap<string, Count>
  readonly #sources: BoundedMap<string, Count>

  /** @param maxEntries bound of each of the three maps, at least 2 */
  constructor(maxEntries: number) {
    this.#pairs = new BoundedMap(maxEntries)
    this.#users = new BoundedMap(maxEntries)
    this.#sources = new BoundedMap(maxEntries)
  }

  /** How long this user's answers from this source are not looked at, in ms; 0: they are. */
  waitMs(user: string, source: string, nowMs: number): number {
    const pair = this.#pairs.get(pairKey(user, source))
    const ownMs = pair === undefined ? 0 : pair.untilMs - nowMs
    if (pair !== undefined && isVerified(pair, nowMs)) return Math.max(0, ownMs)
    const userMs = (this.#users.get(user)?.untilMs ?? NEVER) - nowMs
    const sourceMs = (this.#sources.get(source)?.untilMs ?? NEVER) - nowMs
    return Math.max(0, ownMs, userMs, sourceMs)
  }

  /** Counts a wrong answer whose source is proved (its nonce was ours and fresh). */
  failed(user: string, source: string, nowMs: number): void {
    const pair = countFailure(this.#pairs, pairKey(user, source), PAIR, nowMs)
    countFailure(this.#users, user, USER, nowMs)
    if (pair.failures <= PAIR_FAILURES_OF_SOURCE) countFailure(this.#sources, source, SOURCE, nowMs)
  }

  /** A right answer clears the pair; not the user or the source, where others may be guessing. */
  succeeded(user: string, source: string, nowMs: number): void {
    const key = pairKey(user, source)
    const pair = this.#pairs.get(key)
    if (pair === undefined)
      this.#pairs.set(key, { failures: 0, lastMs: NEVER, untilMs: NEVER, verifiedMs: nowMs })
    else if (pair.failures > 0 || nowMs - pair.verifiedMs > REFRESH_MS) {
      pair.failures = 0
      pair.untilMs = NEVER
      pair.verifiedMs = nowMs
    }
  }
}

/** Neither part holds a line feed: header values are unfolded, and quoted strings hold no control. */
function pairKey(user: string, source: string): string {
  return `${user}\n${source}`
}

function isVerified(pair: Count, nowMs: number): boolean {
  return nowMs - pair.verifiedMs <= VERIFIED_MS
}

function countFailure(map: BoundedMap<string, Count>, key: string, growth: Growth, nowMs: number): Count {
  let count = map.get(key)
  if (count === undefined) {
    count = { failures: 0, lastMs: nowMs, untilMs: NEVER, verifiedMs: NEVER }
    map.set(key, count)
  }
  if (nowMs - count.lastMs > FORGET_MS) count.failures = 0
  count.failures += 1
  count.lastMs = nowMs
  const over = count.failures - growth.free
  if (over > 0)
    count.untilMs = nowMs + Math.min(growth.maxMs, FIRST_WAIT_MS * 2 ** Math.min(over - 1, MAX_DOUBLINGS))
  return count
}
