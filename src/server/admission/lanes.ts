import { PORT } from '../../net/batch-layout.ts'
import type { DatagramFlow, DatagramGate } from '../../net/datagram-gate.ts'
import { FavouredNetworks } from './favoured.ts'
import { NetworkShares } from './network-shares.ts'
import { SourceMarks } from './source-marks.ts'

/** Why a datagram was not read. One a line, sorted. */
export const NOT_READ = ['flow-over-budget', 'no-sip', 'stranger-over-budget', 'stray-response'] as const
export type NotRead = (typeof NOT_READ)[number]

/** What the lanes ask of the server. */
export interface LaneParts {
  /** Monotonic, ms. */
  nowMs(): number
  /** Whether a network is heard last among strangers. */
  isLowered(words: Int32Array, at: number): boolean
  /** A datagram was not read. */
  notRead(why: NotRead, words: Int32Array, at: number): void
}

/**
 * Who is heard while more comes than can be done.
 *
 * Calm, nothing is looked at. Strained, each datagram has a lane by what its source proved before it came:
 *
 * - a flow that proved to receive (credentials were accepted from it), a neighbour, an allowed address: always, each
 *   within a budget that no phone reaches;
 * - a response: only where a request of ours went;
 * - everybody else shares a part of the processor's time, first addresses at which somebody logged in before, then
 *   those that come again, as who retransmits does and who forges addresses does not, then new ones, and last those
 *   that come all the time.
 *
 * So strangers starve each other and nobody else. All state is typed arrays of fixed size, and a datagram that is not
 * read makes no object.
 */
export class Lanes implements DatagramGate {
  readonly #parts: LaneParts
  readonly #strangers = new SourceMarks(STRANGERS)
  /** Datagrams of late. */
  readonly #counts = new Uint8Array(STRANGERS)
  readonly #known = new SourceMarks(KNOWN)
  readonly #knownBudget = new Float32Array(KNOWN)
  readonly #flows = new SourceMarks(FLOWS)
  readonly #flowBudget = new Float32Array(FLOWS)
  readonly #networks = new NetworkShares()
  /** Neighbours, and what the configuration allows. */
  favoured = new FavouredNetworks([])
  #isStrained = false
  #nowMs = 0
  #filledMs = 0
  /** Part of the processor's time that strangers may take, 0 to 1. */
  #share = 0
  #costMs = FIRST_COST_MS
  /** Ms of work that strangers may still ask for. */
  #credit = 0
  /** Datagrams of strangers that were refused for want of time, since the start. */
  refused = 0

  constructor(parts: LaneParts) {
    this.#parts = parts
  }

  get isStrained(): boolean {
    return this.#isStrained
  }

  /** What one message of a stranger costs, in ms. */
  get costMs(): number {
    return this.#costMs
  }

  /** Octets of all tables. */
  get bytes(): number {
    const tables = [this.#counts, this.#knownBudget, this.#flowBudget]
    const marks = [this.#strangers, this.#known, this.#flows]
    return [...tables.map(({ byteLength }) => byteLength), ...marks.map(({ bytes }) => bytes)].reduce(
      (sum, each) => sum + each,
      this.#networks.bytes,
    )
  }

  /** Strangers get this part of the processor's time from now on, 0 to 1. */
  strain(share: number): void {
    if (!this.#isStrained) {
      this.#filledMs = this.#parts.nowMs()
      this.#credit = share * BURST_MS
    }
    this.#isStrained = true
    this.#share = share
  }

  /** There is time for everybody. */
  relax(): void {
    this.#isStrained = false
  }

  /** A message of a stranger took so long. */
  took(ms: number): void {
    this.#costMs += (Math.min(ms, MAX_COST_MS) - this.#costMs) * COST_WEIGHT
  }

  opens(): boolean {
    if (!this.#isStrained) return false
    const nowMs = this.#parts.nowMs()
    this.#nowMs = nowMs
    this.#credit = Math.min(
      this.#share * BURST_MS,
      this.#credit + this.#share * Math.max(0, nowMs - this.#filledMs),
    )
    this.#filledMs = nowMs
    return true
  }

  proved(words: Int32Array, at: number): void {
    const known = this.#known
    const hash = known.hashOf(words, at)
    const found = known.find(hash)
    const mark = found < 0 ? known.add(hash) : found
    if (found < 0) this.#knownBudget[mark] = KNOWN_BURST
    known.see(mark, this.#parts.nowMs())
  }

  admits(
    words: Int32Array,
    at: number,
    flow: DatagramFlow | undefined,
    octets: Uint8Array,
    start: number,
    length: number,
  ): boolean {
    // A keep-alive costs nothing, and is counted where it always is.
    if (length <= KEEP_ALIVE_BYTES || this.favoured.has(words, at)) return true
    if (flow?.isProved === true) return this.#flowAdmits(words, at)
    const first = octets[start] ?? 0
    if (isResponse(first, octets, start)) {
      if (flow?.isAsked === true) return this.#flowAdmits(words, at)
      return this.#no('stray-response', words, at)
    }
    if (!isWordOrStun(first)) return this.#no('no-sip', words, at)
    return this.#strangerAdmits(words, at)
  }

  /** A bound that only a machine gone mad, or somebody who forges just this address and port, comes to. */
  #flowAdmits(words: Int32Array, at: number): boolean {
    const flows = this.#flows
    const hash = flows.hashOf(words, at) ^ Math.imul(words[at + PORT] ?? 0, 0x9e37_79b1)
    let mark = flows.find(hash)
    if (mark < 0) {
      mark = flows.add(hash)
      this.#flowBudget[mark] = FLOW_BURST
    }
    if (this.#spend(flows, this.#flowBudget, mark, FLOW_PER_MS, FLOW_BURST)) return true
    return this.#no('flow-over-budget', words, at)
  }

  #strangerAdmits(words: Int32Array, at: number): boolean {
    const marks = this.#strangers
    const hash = marks.hashOf(words, at)
    const nowMs = this.#nowMs
    let mark = marks.find(hash)
    if (mark < 0) {
      mark = marks.add(hash)
      this.#counts[mark] = 0
    }
    const sinceMs = nowMs - marks.seenMs(mark)
    let count = this.#counts[mark] ?? 0
    if (sinceMs > FORGET_MS) count = 0
    else if (sinceMs > HALF_MS) count >>= 1
    if (count < MAX_COUNT) count += 1
    this.#counts[mark] = count
    marks.see(mark, nowMs)
    // Which part of the reserve must be there for one of this kind: the others keep what is below it.
    const burst = this.#share * BURST_MS
    const credit = this.#credit
    if (credit > 0 && this.#isKnown(words, at) && !this.#parts.isLowered(words, at))
      return this.#spendTime(words, at)
    const isHeavy =
      count > HEAVY ||
      this.#networks.isHeavy(marks.hashOfNetwork(words, at), nowMs) ||
      this.#parts.isLowered(words, at)
    const reserve = isHeavy ? HEAVY_RESERVE : count > 1 ? RETURNING_RESERVE : NEW_RESERVE
    if (credit > burst * reserve) return this.#spendTime(words, at)
    this.refused += 1
    return this.#no('stranger-over-budget', words, at)
  }

  #spendTime(words: Int32Array, at: number): boolean {
    this.#credit -= this.#costMs
    this.#networks.count(this.#strangers.hashOfNetwork(words, at), this.#nowMs, this.#share / this.#costMs)
    return true
  }

  /** Somebody logged in from this address: a phone behind a NAT that gave it another port, or one of an office. */
  #isKnown(words: Int32Array, at: number): boolean {
    const known = this.#known
    const mark = known.find(known.hashOf(words, at))
    return mark >= 0 && this.#spend(known, this.#knownBudget, mark, KNOWN_PER_MS, KNOWN_BURST)
  }

  #spend(marks: SourceMarks, budgets: Float32Array, mark: number, perMs: number, burst: number): boolean {
    const nowMs = this.#nowMs
    const elapsedMs = Math.max(0, nowMs - marks.seenMs(mark))
    marks.see(mark, nowMs)
    const budget = Math.min(burst, (budgets[mark] ?? 0) + elapsedMs * perMs)
    budgets[mark] = budget < 1 ? budget : budget - 1
    return budget >= 1
  }

  #no(why: NotRead, words: Int32Array, at: number): false {
    this.#parts.notRead(why, words, at)
    return false
  }
}

/** Sources remembered: those of five seconds of a flood of 50,000 new ones a second. */
const STRANGERS = 262_144
const KNOWN = 65_536
const FLOWS = 65_536
/** What a stranger's message costs before that was measured, and at most, ms. */
const FIRST_COST_MS = 0.02
const MAX_COST_MS = 1
const COST_WEIGHT = 1 / 64
/** Time that strangers may save up, ms of the clock. */
const BURST_MS = 100
/** A source that was silent for so long is new again, or counts half. */
const FORGET_MS = 16_000
const HALF_MS = 4000
/** A phone that gets no answer sends seven times in eight seconds, and its second request as often. */
const HEAVY = 16
const MAX_COUNT = 255
/** Parts of the saved time that are kept for those before. */
const RETURNING_RESERVE = 0.25
const NEW_RESERVE = 0.5
const HEAVY_RESERVE = 0.75
/** An address at which somebody logged in: an office of a thousand phones, two requests each in ten seconds. */
const KNOWN_PER_MS = 0.2
const KNOWN_BURST = 400
/** More than a gateway of a thousand calls a second sends by one flow, and less than makes others wait. */
const FLOW_PER_MS = 8
const FLOW_BURST = 2000
const KEEP_ALIVE_BYTES = 4

const CAPITAL_S = 0x53
const SLASH = 0x2f

/** It begins with `SIP/`, which is no method: of methods none has a slash. */
function isResponse(first: number, octets: Uint8Array, start: number): boolean {
  return first === CAPITAL_S && octets[start + 3] === SLASH
}

/** A method begins with a letter here (RFC 3261 allows more, nobody has any); STUN with 0 to 3. */
function isWordOrStun(first: number): boolean {
  const lower = first | 0x20
  return (lower >= 0x61 && lower <= 0x7a) || first <= 3
}
