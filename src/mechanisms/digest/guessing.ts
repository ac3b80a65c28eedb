import { RingTable } from '../../base/ring-table.ts'
import { addPart, digestWord, finishDigest, type SipKey } from '../../base/sip-hash.ts'

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
  readonly #pairs: Counts
  readonly #users: Counts
  readonly #sources: Counts

  /** Told of each wrong answer that was given here, so that other processes count it too. */
  onFailed: ((user: string, source: string, nowMs: number) => void) | undefined

  /**
   * @param key what users and sources are told apart by
   * @param maxEntries bound of each of the three tables, at least 2
   */
  constructor(key: SipKey, maxEntries: number) {
    this.#pairs = new Counts(key, maxEntries)
    this.#users = new Counts(key, maxEntries)
    this.#sources = new Counts(key, maxEntries)
  }

  /** How long this user's answers from this source are not looked at, in ms; 0: they are. */
  waitMs(user: string, source: string, nowMs: number): number {
    const pair = this.#pairs.find(user, source)
    const ownMs = this.#pairs.untilMs(pair) - nowMs
    if (this.#pairs.isVerified(pair, nowMs)) return Math.max(0, ownMs)
    const userMs = this.#users.untilMs(this.#users.find(user, '')) - nowMs
    const sourceMs = this.#sources.untilMs(this.#sources.find('', source)) - nowMs
    return Math.max(0, ownMs, userMs, sourceMs)
  }

  /** Counts a wrong answer whose source is proved (its nonce was ours and fresh). */
  failed(user: string, source: string, nowMs: number): void {
    this.heard(user, source, nowMs)
    this.onFailed?.(user, source, nowMs)
  }

  /** Counts a wrong answer that another process of this server was given. */
  heard(user: string, source: string, nowMs: number): void {
    const failures = this.#pairs.countFailure(user, source, PAIR, nowMs)
    this.#users.countFailure(user, '', USER, nowMs)
    if (failures <= PAIR_FAILURES_OF_SOURCE) this.#sources.countFailure('', source, SOURCE, nowMs)
  }

  /** A right answer clears the pair; not the user or the source, where others may be guessing. */
  succeeded(user: string, source: string, nowMs: number): void {
    this.#pairs.verify(user, source, nowMs)
  }
}

/** Words of an entry, after the table's own three. */
const FAILURES = 3
/** In halves: times in ms. */
const LAST_MS = 4 / 2
const UNTIL_MS = 6 / 2
/** When the last right answer came. */
const VERIFIED_MS_AT = 8 / 2
const WORDS = 10

/** Counts by user and source, of which one may be empty; 44 octets each. */
class Counts {
  readonly #key: SipKey
  readonly #table: RingTable
  /** The key that was looked for last: what asks about one answer asks for the same one. */
  #user: string | undefined
  #source = ''
  #first = 0
  #second = 0
  #third = 0

  constructor(key: SipKey, maxEntries: number) {
    this.#key = key
    this.#table = new RingTable(maxEntries, WORDS)
  }

  /** Where that count is, or -1. */
  find(user: string, source: string): number {
    if (user !== this.#user || source !== this.#source) {
      this.#key.begin()
      addPart(user)
      addPart(source)
      finishDigest()
      this.#user = user
      this.#source = source
      this.#first = digestWord(0)
      this.#second = digestWord(1)
      this.#third = digestWord(2)
    }
    return this.#table.find(this.#first, this.#second, this.#third)
  }

  /** @param at from `find` */
  untilMs(at: number): number {
    return at < 0 ? NEVER : (this.#table.floats[at / 2 + UNTIL_MS] ?? NEVER)
  }

  /** @param at from `find` */
  isVerified(at: number, nowMs: number): boolean {
    return at >= 0 && nowMs - (this.#table.floats[at / 2 + VERIFIED_MS_AT] ?? NEVER) <= VERIFIED_MS
  }

  /** @returns how many there are now */
  countFailure(user: string, source: string, growth: Growth, nowMs: number): number {
    const at = this.#findOrAdd(user, source)
    const { words, floats } = this.#table
    const isForgotten = nowMs - (floats[at / 2 + LAST_MS] ?? NEVER) > FORGET_MS
    const failures = isForgotten ? 1 : (words[at + FAILURES] ?? 0) + 1
    words[at + FAILURES] = failures
    floats[at / 2 + LAST_MS] = nowMs
    const over = failures - growth.free
    if (over > 0)
      floats[at / 2 + UNTIL_MS] =
        nowMs + Math.min(growth.maxMs, FIRST_WAIT_MS * 2 ** Math.min(over - 1, MAX_DOUBLINGS))
    return failures
  }

  verify(user: string, source: string, nowMs: number): void {
    const at = this.#findOrAdd(user, source)
    const { words, floats } = this.#table
    const isDue = nowMs - (floats[at / 2 + VERIFIED_MS_AT] ?? NEVER) > REFRESH_MS
    if (!isDue && words[at + FAILURES] === 0) return
    words[at + FAILURES] = 0
    floats[at / 2 + UNTIL_MS] = NEVER
    floats[at / 2 + VERIFIED_MS_AT] = nowMs
  }

  /** An entry in use is kept by adding it again before its turn to go comes. */
  #findOrAdd(user: string, source: string): number {
    const found = this.find(user, source)
    const table = this.#table
    if (found >= 0 && !table.isOld(found)) return found
    const at = table.add(this.#first, this.#second, this.#third)
    const { words, floats } = table
    words[at + FAILURES] = found < 0 ? 0 : (words[found + FAILURES] ?? 0)
    for (const time of [LAST_MS, UNTIL_MS, VERIFIED_MS_AT])
      floats[at / 2 + time] = found < 0 ? NEVER : (floats[found / 2 + time] ?? NEVER)
    return at
  }
}
