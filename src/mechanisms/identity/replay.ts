import { RingTable } from '../../base/ring-table.ts'
import { addPart, digestWord, finishDigest, type SipKey } from '../../base/sip-hash.ts'

/** `replay-memory-short`: the token is older than our memory, so nobody knows whether it was used. */
export type ReplayFailure = 'replay-memory-short' | 'replayed'

/** Needed to verify; `ReplayMemory`. */
export interface ReplayCheck {
  /**
   * Notes the use of a token that is good in all else.
   * @param signature r and s
   * @param iat seconds
   * @returns undefined when it is new, or known from this very call
   */
  use(signature: Buffer, callId: string, iat: number): ReplayFailure | undefined
}

/** Words of an entry, after the table's own three. */
const CALL_FIRST = 3
const CALL_SECOND = 4
/** Two of them, as one number: seconds since 1970. */
const IAT = 6 / 2
const WORDS = 8

const R_OCTETS = 32

/**
 * Remembers which tokens were used for which call (STV-07): a token is good for one Call-ID, as often as that call is
 * forked, comes back, or is sent again.
 *
 * A token is known by the r of its signature alone: whoever has r and s can write n - s for s, and the signature holds
 * as before, but nobody without the key can make another r.
 *
 * Memory is bounded, 32 octets a token. What was lost is refused, not trusted: a token that is older than the youngest
 * one that had to make room is not taken. Under a flood of signed calls that concerns tokens of some seconds' age, not
 * those just made.
 */
export class ReplayMemory implements ReplayCheck {
  /** Told of every first use here: other processes that serve the same addresses must know. @param r latin-1 */
  onUsed: ((r: string, callId: string, iat: number) => void) | undefined
  readonly #key: SipKey
  readonly #table: RingTable
  /** Tokens made before were lost, or may have been. */
  #knownSince: number

  /**
   * @param key what tokens are told apart by; chance, so that nobody makes two that meet
   * @param maxTokens at least 2
   * @param sinceSeconds tokens made before are refused: when the process started, since 1970; 0 trusts that none was used
   */
  constructor(key: SipKey, maxTokens: number, sinceSeconds: number) {
    this.onUsed = undefined
    this.#key = key
    this.#knownSince = sinceSeconds
    this.#table = new RingTable(maxTokens, WORDS)
  }

  use(signature: Buffer, callId: string, iat: number): ReplayFailure | undefined {
    const r = signature.toString('latin1', 0, R_OCTETS)
    const failure = this.#note(r, callId, iat)
    if (failure === 'new') {
      this.onUsed?.(r, callId, iat)
      return undefined
    }
    return failure
  }

  /** Another process took a token. */
  heard(r: string, callId: string, iat: number): void {
    this.#note(r, callId, iat)
  }

  #note(r: string, callId: string, iat: number): ReplayFailure | 'new' | undefined {
    this.#key.begin()
    addPart(callId)
    finishDigest()
    const callFirst = digestWord(0)
    const callSecond = digestWord(1)
    this.#key.begin()
    addPart(r)
    finishDigest()
    const first = digestWord(0)
    const second = digestWord(1)
    const third = digestWord(2)
    const table = this.#table
    const found = table.find(first, second, third)
    if (found >= 0) {
      const isSame =
        table.words[found + CALL_FIRST] === callFirst && table.words[found + CALL_SECOND] === callSecond
      return isSame ? undefined : 'replayed'
    }
    if (iat < this.#knownSince) return 'replay-memory-short'
    const oldest = table.oldest()
    // What is as old as the one that goes may have gone before.
    if (oldest >= 0) this.#knownSince = Math.max(this.#knownSince, (table.floats[oldest / 2 + IAT] ?? 0) + 1)
    const at = table.add(first, second, third)
    table.words[at + CALL_FIRST] = callFirst
    table.words[at + CALL_SECOND] = callSecond
    table.floats[at / 2 + IAT] = iat
    return 'new'
  }
}
