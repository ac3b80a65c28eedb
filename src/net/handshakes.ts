import type { Address } from '../base/flow.ts'
import { sourceOf } from './budget.ts'
import type { RefusalReason } from './callbacks.ts'
import type { StreamLimits } from './stream-limits.ts'

/** The connection that a handshake is made on. */
export interface Newcomer {
  readonly remote: Address
  refuse(reason: RefusalReason): void
}

/** A TLS handshake, from accept to its end. */
export interface Handshake {
  readonly arrival: Newcomer
  readonly source: string
  /** Set once the client has greeted: does the first and costly part of the work. */
  begin: (() => void) | undefined
  /** When it began; undefined before. */
  begunMs: number | undefined
}

/** Whoever does not answer for so long, in milliseconds, gives its place to one who waits. */
const PATIENCE_MS = 1_000

/**
 * All TLS handshakes of the process. A thousand clients that come at once, as after a power cut, must not keep a
 * call waiting: a handshake costs half a millisecond of computing, a message a hundredth of that.
 *
 * So nothing is computed before the client's greeting is there as a whole, and then one handshake is begun in a
 * turn of the event loop, from each source in its turn; between two of them all messages are served that came. What
 * remains of a handshake after the client's answer is cheap but cannot be put off, so those under way are few.
 */
export class Handshakes {
  /** Since the start. */
  completed = 0
  /** Of them, those that resumed a session. */
  resumed = 0
  readonly #limits: StreamLimits
  readonly #nowMs: () => number
  readonly #defer: (run: () => void) => void
  /** Oldest first. */
  readonly #all = new Set<Handshake>()
  /** Oldest first. */
  readonly #begun = new Set<Handshake>()
  /** Those that greeted, by source; the source whose turn it is first. */
  readonly #waiting = new Map<string, Handshake[]>()
  #waitingCount = 0
  #isDeferred = false

  /** @param defer runs something in the next turn of the event loop, after the messages that came */
  constructor(
    limits: StreamLimits,
    nowMs: () => number,
    defer: (run: () => void) => void = run => void setImmediate(run),
  ) {
    this.#limits = limits
    this.#nowMs = nowMs
    this.#defer = defer
  }

  /** All that did not end yet. */
  get size(): number {
    return this.#all.size
  }

  /** Those whose client greeted, and waits. */
  get waiting(): number {
    return this.#waitingCount
  }

  /** A connection was accepted; the oldest half-open one makes room, as in a SYN backlog. */
  add(arrival: Newcomer): Handshake {
    while (this.#all.size >= this.#limits.maxTlsHandshakes) this.#refuse(this.#oldestSilent())
    const handshake: Handshake = {
      arrival,
      source: sourceOf(arrival.remote.ip),
      begin: undefined,
      begunMs: undefined,
    }
    this.#all.add(handshake)
    return handshake
  }

  /** The client greeted: `begin` is called when it is its turn, unless it ends before. */
  greeted(handshake: Handshake, begin: () => void): void {
    if (!this.#all.has(handshake)) return
    handshake.begin = begin
    const ofSource = this.#waiting.get(handshake.source)
    if (ofSource === undefined) this.#waiting.set(handshake.source, [handshake])
    else ofSource.push(handshake)
    this.#waitingCount += 1
    this.#arm()
  }

  /** It succeeded, failed, or its connection is gone. */
  end(handshake: Handshake): void {
    if (!this.#all.delete(handshake)) return
    this.#begun.delete(handshake)
    if (handshake.begin !== undefined && handshake.begunMs === undefined) this.#leaveQueue(handshake)
    this.#arm()
  }

  /** Looks whether one that does not answer keeps others waiting. */
  sweep(): void {
    this.#arm()
  }

  #arm(): void {
    if (this.#isDeferred || this.#waitingCount === 0 || !this.#hasPlace()) return
    this.#isDeferred = true
    this.#defer(this.#beginNext)
  }

  readonly #beginNext = (): void => {
    this.#isDeferred = false
    if (!this.#hasPlace()) return
    const next = this.#next()
    if (next === undefined) return
    if (this.#begun.size >= this.#limits.maxTlsHandshakesBegun) {
      const [oldest] = this.#begun
      this.#refuse(oldest)
    }
    next.begunMs = this.#nowMs()
    this.#begun.add(next)
    next.begin?.()
    this.#arm()
  }

  #hasPlace(): boolean {
    if (this.#begun.size < this.#limits.maxTlsHandshakesBegun) return true
    const [oldest] = this.#begun
    return oldest?.begunMs !== undefined && this.#nowMs() - oldest.begunMs >= PATIENCE_MS
  }

  /** The first of the source whose turn it is; the source then waits for its next turn. */
  #next(): Handshake | undefined {
    for (const [source, ofSource] of this.#waiting) {
      const first = ofSource.shift()
      this.#waiting.delete(source)
      if (ofSource.length > 0) this.#waiting.set(source, ofSource)
      if (first === undefined) continue
      this.#waitingCount -= 1
      return first
    }
    return undefined
  }

  #leaveQueue(handshake: Handshake): void {
    const ofSource = this.#waiting.get(handshake.source) ?? []
    const at = ofSource.indexOf(handshake)
    if (at < 0) return
    ofSource.splice(at, 1)
    this.#waitingCount -= 1
    if (ofSource.length === 0) this.#waiting.delete(handshake.source)
  }

  /** Who has not greeted has least to lose. */
  #oldestSilent(): Handshake | undefined {
    for (const each of this.#all) if (each.begin === undefined) return each
    const [oldest] = this.#all
    return oldest
  }

  #refuse(handshake: Handshake | undefined): void {
    if (handshake === undefined) return
    this.end(handshake)
    handshake.arrival.refuse('too-many-handshakes')
  }
}
