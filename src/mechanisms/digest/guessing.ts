import { addPart, digestWord, finishDigest, type SipKey } from '../../base/sip-hash.ts'
import { SlotTable } from '../../base/slot-table.ts'

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

/** Counts by user and source, of which one may be empty; 44 octets each, in columns. */
class Counts {
  readonly #key: SipKey
  readonly #table: SlotTable
  readonly #failures: Uint32Array
  readonly #lastMs: Float64Array
  readonly #untilMs: Float64Array
  /** When the last right answer came. */
  readonly #verifiedMs: Float64Array
  /** The key that was looked for last: what asks about one answer asks for the same one. */
  #user = ''
  #source = ''
  #set = -1
  #first = 0
  #second = 0

  constructor(key: SipKey, maxEntries: number) {
    this.#key = key
    this.#table = new SlotTable(maxEntries)
    const { size } = this.#table
    this.#failures = new Uint32Array(size)
    this.#lastMs = new Float64Array(size)
    this.#untilMs = new Float64Array(size)
    this.#verifiedMs = new Float64Array(size)
  }

  /** The slot of that count, or -1. */
  find(user: string, source: string): number {
    if (this.#set < 0 || user !== this.#user || source !== this.#source) {
      this.#key.begin()
      addPart(user)
      addPart(source)
      finishDigest()
      this.#user = user
      this.#source = source
      this.#set = this.#table.setOf(digestWord(2))
      this.#first = digestWord(0)
      this.#second = digestWord(1)
    }
    return this.#table.find(this.#set, this.#first, this.#second)
  }

  /** @param slot from `find` */
  untilMs(slot: number): number {
    return this.#untilMs[slot] ?? NEVER
  }

  /** @param slot from `find` */
  isVerified(slot: number, nowMs: number): boolean {
    return nowMs - (this.#verifiedMs[slot] ?? NEVER) <= VERIFIED_MS
  }

  /** @returns how many there are now */
  countFailure(user: string, source: string, growth: Growth, nowMs: number): number {
    const slot = this.#findOrMake(user, source, nowMs)
    const isForgotten = nowMs - (this.#lastMs[slot] ?? NEVER) > FORGET_MS
    const failures = isForgotten ? 1 : (this.#failures[slot] ?? 0) + 1
    this.#failures[slot] = failures
    this.#lastMs[slot] = nowMs
    const over = failures - growth.free
    if (over > 0)
      this.#untilMs[slot] =
        nowMs + Math.min(growth.maxMs, FIRST_WAIT_MS * 2 ** Math.min(over - 1, MAX_DOUBLINGS))
    return failures
  }

  verify(user: string, source: string, nowMs: number): void {
    const slot = this.#findOrMake(user, source, nowMs)
    const isDue = nowMs - (this.#verifiedMs[slot] ?? NEVER) > REFRESH_MS
    if (!isDue && this.#failures[slot] === 0) return
    this.#failures[slot] = 0
    this.#untilMs[slot] = NEVER
    this.#verifiedMs[slot] = nowMs
  }

  #findOrMake(user: string, source: string, nowMs: number): number {
    const found = this.find(user, source)
    if (found >= 0) {
      this.#table.renew(found, nowMs)
      return found
    }
    const slot = this.#table.place(this.#set)
    this.#table.put(slot, this.#first, this.#second, nowMs)
    this.#failures[slot] = 0
    this.#lastMs[slot] = NEVER
    this.#untilMs[slot] = NEVER
    this.#verifiedMs[slot] = NEVER
    return slot
  }
}
