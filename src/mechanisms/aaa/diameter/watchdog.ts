/** How far a peer is trusted to answer (RFC 3539 §3.4.1). */
export type WatchdogState =
  /** Never connected. */
  | 'initial'
  /** Answers. */
  | 'okay'
  /** Did not answer a watchdog in time: requests go elsewhere. */
  | 'suspect'
  /** The connection is gone. */
  | 'down'
  /** Connected again: it has to answer three watchdogs first. */
  | 'reopen'

/** What follows from an event, done by the peer that has the watchdog. */
export type WatchdogAction = 'send-watchdog' | 'failover' | 'failback' | 'close'

const NOTHING: readonly WatchdogAction[] = []

/** Answers that a connection which failed once must give before it is used first again. */
const ANSWERS_TO_TRUST = 3
/** RFC 3539 §3.4.1: each interval is moved by up to two seconds, so that servers do not beat in time. */
const JITTER_MS = 2000

/**
 * The algorithm of RFC 3539 §3.4.1 and its appendix A, but for opening connections, which the peer does with its own
 * back-off.
 */
export class Watchdog {
  readonly #intervalMs: number
  readonly #chance: () => number
  #state: WatchdogState = 'initial'
  #isPending = false
  /** Answers since the connection was opened again; -1 after one that did not come. */
  #answers = 0
  #dueMs = Number.POSITIVE_INFINITY

  /**
   * @param intervalMs Twinit, 6000…; half of it without jitter is never reached
   * @param chance 0 ≤ x < 1
   */
  constructor(intervalMs: number, chance: () => number) {
    this.#intervalMs = intervalMs
    this.#chance = chance
  }

  get state(): WatchdogState {
    return this.#state
  }

  /** When `expired` is due; infinite while there is no connection. */
  get dueMs(): number {
    return this.#dueMs
  }

  /** The connection is open and capabilities are exchanged. */
  up(nowMs: number): readonly WatchdogAction[] {
    this.#set(nowMs)
    if (this.#state !== 'down') {
      this.#state = 'okay'
      this.#isPending = false
      return ['failback']
    }
    this.#state = 'reopen'
    this.#answers = 0
    this.#isPending = true
    return ['send-watchdog']
  }

  /** The connection is gone. */
  down(): readonly WatchdogAction[] {
    const isNews = this.#state === 'okay'
    if (this.#state !== 'initial') this.#state = 'down'
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#isPending = false
    return isNews ? ['failover'] : NOTHING
  }

  /** A peer that said goodbye in due form did not fail: it need not prove itself when it comes back. */
  parted(): void {
    this.#state = 'initial'
  }

  /** Any message came. @param isAnswer a DWA */
  received(isAnswer: boolean, nowMs: number): readonly WatchdogAction[] {
    if (isAnswer) this.#isPending = false
    switch (this.#state) {
      case 'okay':
        this.#set(nowMs)
        return NOTHING
      case 'suspect':
        this.#state = 'okay'
        this.#set(nowMs)
        return ['failback']
      case 'reopen':
        if (!isAnswer) return NOTHING
        this.#answers += 1
        if (this.#answers < ANSWERS_TO_TRUST) return NOTHING
        this.#state = 'okay'
        return ['failback']
      default:
        return NOTHING
    }
  }

  /** The interval is over. */
  expired(nowMs: number): readonly WatchdogAction[] {
    this.#set(nowMs)
    switch (this.#state) {
      case 'okay':
        if (!this.#isPending) return this.#ask()
        this.#state = 'suspect'
        return ['failover']
      case 'suspect':
        return ['close']
      case 'reopen':
        if (!this.#isPending) return this.#ask()
        if (this.#answers < 0) return ['close']
        this.#answers = -1
        return NOTHING
      default:
        return NOTHING
    }
  }

  #ask(): readonly WatchdogAction[] {
    this.#isPending = true
    return ['send-watchdog']
  }

  #set(nowMs: number): void {
    this.#dueMs = nowMs + this.#intervalMs + Math.round((2 * this.#chance() - 1) * JITTER_MS)
  }
}
