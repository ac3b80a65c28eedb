import type { Deadline, Deadlines } from '../../base/deadlines.ts'
import { LIMITS } from '../../base/limits.ts'
import {
  type AccountingFacts,
  type Attribute,
  accountingAttributes,
  CAUSE,
  CODE,
  type RadiusClient,
  STATUS,
} from '../../mechanisms/aaa/radius/index.ts'
import type { Accounting, CallEnd, CallRecord } from './source.ts'

/** What the queue stands on. */
export interface AccountingParts {
  readonly client: Pick<RadiusClient, 'ask'>
  readonly deadlines: Deadlines
  /** Monotonic, ms. */
  readonly nowMs: () => number
  /** Unix time, ms. */
  readonly wallMs: () => number
  /** A record that no server will get: the queue was full, or we stop. */
  readonly lost: (facts: AccountingFacts) => void
  readonly acknowledged: () => void
}

/** Records under way at a time: a server that was away is not drowned when it is back. */
const MAX_UNDER_WAY = 64

const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 64_000

const CAUSES: Readonly<Record<CallEnd, number>> = {
  bye: CAUSE.userRequest,
  lost: CAUSE.lostService,
  shutdown: CAUSE.nasReboot,
}

/**
 * Records of calls on their way to accounting servers. Each is sent until a server acknowledges it (RFC 5080 §2.2.1 sets no
 * end), oldest first, after longer and longer pauses while no server does.
 *
 * They are kept in memory, at most `LIMITS.maxAccountingRecords`, and not on disk: what finds no room, and what is left
 * when the process stops, is handed to `lost`, which writes it to a file. Calls never wait for it.
 */
export class AccountingQueue implements Accounting {
  readonly #parts: AccountingParts
  #waiting: AccountingFacts[] = []
  #underWay = new Set<AccountingFacts>()
  #pauseMs = 0
  #paused: Deadline | undefined
  #isClosed = false

  constructor(parts: AccountingParts) {
    this.#parts = parts
  }

  /** Records that no server has acknowledged. */
  get size(): number {
    return this.#waiting.length + this.#underWay.size
  }

  callStarted(call: CallRecord): void {
    this.#add({ ...factsOf(call), status: STATUS.start, happenedMs: call.answeredMs })
  }

  callGoesOn(call: CallRecord, nowMs: number): void {
    const durationMs = nowMs - call.answeredMs
    this.#add({ ...factsOf(call), status: STATUS.interim, happenedMs: nowMs, durationMs })
  }

  callEnded(call: CallRecord, why: CallEnd, nowMs: number): void {
    const durationMs = nowMs - call.answeredMs
    this.#add({ ...factsOf(call), status: STATUS.stop, happenedMs: nowMs, durationMs, cause: CAUSES[why] })
  }

  /** Gives up what is left. */
  close(): void {
    this.#isClosed = true
    this.#parts.deadlines.cancel(this.#paused)
    for (const facts of [...this.#underWay, ...this.#waiting]) this.#parts.lost(facts)
    this.#waiting = []
    this.#underWay.clear()
  }

  #add(facts: AccountingFacts): void {
    if (this.#isClosed || this.size >= LIMITS.maxAccountingRecords) return this.#parts.lost(facts)
    this.#waiting.push(facts)
    if (this.#paused === undefined) this.#send()
  }

  #send(): void {
    const free = MAX_UNDER_WAY - this.#underWay.size
    if (free <= 0 || this.#waiting.length === 0) return
    const batch = this.#waiting.slice(0, free)
    this.#waiting = this.#waiting.slice(batch.length)
    for (const facts of batch) this.#underWay.add(facts)
    for (const facts of batch) {
      const attributes: readonly Attribute[] = accountingAttributes(facts, this.#parts.wallMs())
      this.#parts.client.ask(CODE.accountingRequest, attributes, outcome => {
        if (!this.#underWay.delete(facts)) return
        if (outcome.kind === 'answered') this.#acknowledged()
        else if (outcome.why === 'too-large') this.#parts.lost(facts)
        else this.#putBack(facts)
      })
    }
  }

  #acknowledged(): void {
    this.#parts.acknowledged()
    this.#pauseMs = 0
    if (this.#paused === undefined) this.#send()
  }

  /** In its place again: those sent together come back in any order, and the oldest goes first. */
  #putBack(facts: AccountingFacts): void {
    const later = this.#waiting.findIndex(each => each.happenedMs > facts.happenedMs)
    this.#waiting.splice(later < 0 ? this.#waiting.length : later, 0, facts)
    if (this.#paused !== undefined) return
    const { deadlines, nowMs } = this.#parts
    this.#pauseMs = Math.min(MAX_PAUSE_MS, this.#pauseMs === 0 ? FIRST_PAUSE_MS : this.#pauseMs * 2)
    this.#paused = deadlines.set(nowMs(), this.#pauseMs, () => {
      this.#paused = undefined
      this.#send()
    })
  }
}

function factsOf({ sessionId, user, classes, from, to, callId }: CallRecord) {
  return { sessionId, user, classes, caller: from, callee: to, callId }
}
