import type { Address } from '../base/flow.ts'
import { sourceOf } from '../base/source-network.ts'
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

interface Source {
  /** In the order of their greetings. */
  readonly waiting: Handshake[]
  /** Oldest first. */
  readonly begun: Set<Handshake>
}

/** Whoever does not answer for so long, in milliseconds, gives its place to one who waits. */
const PATIENCE_MS = 1_000
/** What part of the handshakes under way one source may have. */
const SHARE = 1 / 4

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
  /** Those of whom one waits or is under way; whose turn it is first. */
  readonly #sources = new Map<string, Source>()
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
    const source = this.#sources.get(handshake.source) ?? { waiting: [], begun: new Set() }
    this.#sources.set(handshake.source, source)
    source.waiting.push(handshake)
    this.#waitingCount += 1
    this.#arm()
  }

  /** It succeeded, failed, or its connection is gone. */
  end(handshake: Handshake): void {
    if (!this.#all.delete(handshake)) return
    this.#begun.delete(handshake)
    const source = this.#sources.get(handshake.source)
    source?.begun.delete(handshake)
    const at = source?.waiting.indexOf(handshake) ?? -1
    if (at >= 0) {
      source?.waiting.splice(at, 1)
      this.#waitingCount -= 1
    }
    if (source?.waiting.length === 0 && source.begun.size === 0) this.#sources.delete(handshake.source)
    this.#arm()
  }

  /** Looks whether one that does not answer keeps others waiting. */
  sweep(): void {
    this.#arm()
  }

  #arm(): void {
    if (this.#isDeferred || this.#waitingCount === 0) return
    this.#isDeferred = true
    this.#defer(this.#beginNext)
  }

  /** The first of the next source that has a place; the source then waits for its next turn. */
  readonly #beginNext = (): void => {
    this.#isDeferred = false
    for (const [name, source] of this.#sources) {
      const [next] = source.waiting
      if (next === undefined || !this.#makePlaceFor(source)) continue
      source.waiting.shift()
      this.#waitingCount -= 1
      this.#sources.delete(name)
      this.#sources.set(name, source)
      next.begunMs = this.#nowMs()
      source.begun.add(next)
      this.#begun.add(next)
      next.begin?.()
      this.#arm()
      return
    }
  }

  /** Whether one more of this source may be under way; whoever was given time enough makes room. */
  #makePlaceFor(source: Source): boolean {
    const max = this.#limits.maxTlsHandshakesBegun
    const full =
      source.begun.size >= Math.max(1, max * SHARE)
        ? source.begun
        : this.#begun.size >= max
          ? this.#begun
          : undefined
    if (full === undefined) return true
    const [oldest] = full
    if (oldest?.begunMs === undefined || this.#nowMs() - oldest.begunMs < PATIENCE_MS) return false
    this.#refuse(oldest)
    return true
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
