import { randomInt } from 'node:crypto'
import type { Flow } from '../../base/flow.ts'
import { ipKind } from '../../base/ip-address.ts'
import { sourceOf } from '../../base/source-network.ts'
import type { Config } from '../config/config.ts'
import type { Counters, Metrics } from '../metrics.ts'
import { SourceMarks } from './source-marks.ts'

/** Why an answer was not given. One a line, sorted. */
export const RATIONED = ['more-out-than-in', 'repeated-challenge', 'too-many-to-source'] as const
export type Rationed = (typeof RATIONED)[number]

/** An answer to somebody who never proved to receive. */
export interface StrangerAnswer {
  readonly method: string
  readonly callId: string
  readonly status: number
  /** Octets of the request, and of the answer. */
  readonly requestBytes: number
  readonly answerBytes: number
}

/** What is asked of the server. */
export interface StrangerAnswersParts {
  readonly metrics: Metrics
  /** Monotonic, ms. */
  nowMs(): number
  /** A configured neighbour. */
  isNeighbour(flow: Flow): boolean
}

/**
 * What goes out to addresses that anybody may have forged: one challenge for a Call-ID, ten answers a second for an
 * address, and in all no more octets than came in. A login pays for further answers to its address, so that an office
 * that comes back after a power cut, a thousand phones behind one address, is slowed by a moment only: its first
 * phones open the way for the others.
 *
 * An answer that was lost is not lost for good: who repeats his request as RFC 3261 says, and no faster, gets one more
 * challenge. Loopback is let alone, since nobody beyond this machine is reached by it.
 */
export class StrangerAnswers {
  readonly #parts: StrangerAnswersParts
  readonly #rationed: Counters
  readonly #sources = new SourceMarks(PLACES)
  /** Answers that a source may still get. */
  readonly #tokens = new Float32Array(PLACES)
  /** Logins of a source that are remembered. */
  readonly #logins = new Uint8Array(PLACES)
  readonly #challenged = new SourceMarks(PLACES)
  readonly #firstMs = new Float64Array(PLACES)
  readonly #copies = new Uint8Array(PLACES)
  readonly #key = randomInt(2 ** 32) | 0
  #open: ReadonlySet<string> = new Set()
  /** Octets that may go out beyond those that came in. */
  #credit = CREDIT_BYTES
  #filledMs: number

  constructor(parts: StrangerAnswersParts) {
    this.#parts = parts
    this.#filledMs = parts.nowMs()
    this.#rationed = parts.metrics.counters(
      'aspis_answers_rationed_total',
      'Answers not given to sources that never proved to receive, by reason',
      'reason',
      RATIONED,
    )
  }

  /** Octets of all tables. */
  get bytes(): number {
    const columns = [this.#tokens, this.#logins, this.#firstMs, this.#copies]
    const marks = this.#sources.bytes + this.#challenged.bytes
    return columns.reduce((sum, { byteLength }) => sum + byteLength, marks)
  }

  configure({ unauthenticatedMethods }: Pick<Config, 'unauthenticatedMethods'>): void {
    this.#open = unauthenticatedMethods
  }

  /** Credentials were accepted from a flow; its first login pays. */
  loggedIn({ remote, isReliable, isProved }: Pick<Flow, 'remote' | 'isReliable' | 'isProved'>): void {
    if (isReliable || isProved) return
    const nowMs = this.#parts.nowMs()
    const mark = this.#sourceMark(this.#hash(0, sourceOf(remote.ip)), nowMs)
    this.#tokens[mark] = Math.min(MAX_TOKENS, (this.#tokens[mark] ?? 0) + TOKENS_PER_LOGIN)
    const logins = this.#logins[mark] ?? 0
    if (logins < 255) this.#logins[mark] = logins + 1
    this.#sources.see(mark, nowMs)
  }

  /** Whether an answer goes out; why not, when it does not. */
  refuses(answer: StrangerAnswer, flow: Flow): Rationed | undefined {
    if (flow.isReliable || flow.isProved || this.#open.has(answer.method)) return undefined
    const { ip } = flow.remote
    if (ipKind(ip) === 'loopback' || this.#parts.isNeighbour(flow)) return undefined
    const refused = this.#judge(answer, ip)
    if (refused !== undefined) this.#rationed.add(refused)
    return refused
  }

  #judge(answer: StrangerAnswer, ip: string): Rationed | undefined {
    const nowMs = this.#parts.nowMs()
    const { requestBytes, answerBytes, status, callId } = answer
    this.#credit = Math.min(
      CREDIT_BYTES,
      this.#credit + requestBytes * IN_WEIGHT + (nowMs - this.#filledMs) * CREDIT_PER_MS,
    )
    this.#filledMs = nowMs
    const hash = this.#hash(0, sourceOf(ip))
    const mark = this.#sourceMark(hash, nowMs)
    this.#sources.see(mark, nowMs)
    const isChallenge = status === 401 || status === 407
    if (isChallenge && !this.#isFirstChallenge(this.#hash(hash, callId), nowMs)) return 'repeated-challenge'
    if ((this.#tokens[mark] ?? 0) < 1) return 'too-many-to-source'
    const isVerified = (this.#logins[mark] ?? 0) > 0
    if (!isVerified) {
      if (this.#credit < answerBytes) return 'more-out-than-in'
      this.#credit -= answerBytes
    }
    this.#tokens[mark] = (this.#tokens[mark] ?? 0) - 1
    return undefined
  }

  /** The first one, and one more for who repeats as slowly as RFC 3261 §17.1 has it. */
  #isFirstChallenge(hash: number, nowMs: number): boolean {
    const marks = this.#challenged
    let mark = marks.find(hash)
    if (mark < 0 || nowMs - (this.#firstMs[mark] ?? 0) > CALL_ID_MS) {
      mark = mark < 0 ? marks.add(hash) : mark
      this.#firstMs[mark] = nowMs
      this.#copies[mark] = 1
      marks.see(mark, nowMs)
      return true
    }
    marks.see(mark, nowMs)
    const copies = (this.#copies[mark] ?? 0) + 1
    this.#copies[mark] = Math.min(255, copies)
    if (copies > HONEST_COPIES || nowMs - (this.#firstMs[mark] ?? 0) < AGAIN_MS) return false
    // No third one.
    this.#copies[mark] = 255
    return true
  }

  /** The mark of a source, with what grew since it was seen last. */
  #sourceMark(hash: number, nowMs: number): number {
    const found = this.#sources.find(hash)
    if (found < 0) {
      const mark = this.#sources.add(hash)
      this.#tokens[mark] = TOKENS
      this.#logins[mark] = 0
      return mark
    }
    const grown = (Math.max(0, nowMs - this.#sources.seenMs(found)) * TOKENS) / 1000
    const tokens = this.#tokens[found] ?? 0
    // What logins paid for stays; time alone fills up to the burst.
    if (tokens < TOKENS) this.#tokens[found] = Math.min(TOKENS, tokens + grown)
    return found
  }

  #hash(seed: number, text: string): number {
    let hash = this.#key ^ seed
    const length = Math.min(text.length, MAX_CHARS)
    for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b)
    return hash ^ (hash >>> 13)
  }
}

/** Sources, and Call-IDs of sources, that are remembered. */
const PLACES = 65_536
const MAX_CHARS = 96
/** Five at once and five a second: no second has more than ten. */
const TOKENS = 5
/** A phone logs in with a challenge or two, and pays for the next ones. */
const TOKENS_PER_LOGIN = 20
const MAX_TOKENS = 2000
/** What may go out beyond what came in: the first challenges of a thousand small requests. */
const CREDIT_BYTES = 256 * 1024
const CREDIT_PER_MS = 4
const IN_WEIGHT = 0.95
/** How long a Call-ID is remembered: nobody repeats for longer (RFC 3261 §17.1.2.2, 64 times T1). */
const CALL_ID_MS = 32_000
/** Timer E sends at 0, 0.5, 1.5, 3.5 s. */
const HONEST_COPIES = 4
const AGAIN_MS = 1000
