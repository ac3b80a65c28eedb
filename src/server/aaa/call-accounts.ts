import type { Deadline, Deadlines } from '../../base/deadlines.ts'
import type { RequestContext } from '../../pipeline/stage.ts'
import type { Accounting, CallEnd, CallRecord } from './source.ts'

/** What accounts of calls stand on. */
export interface CallAccountsParts {
  readonly deadlines: Deadlines
  /** Monotonic, ms. */
  readonly nowMs: () => number
  /** Unix time, ms. */
  readonly wallMs: () => number
  readonly sessionId: () => string
}

interface Open {
  readonly call: CallRecord
  interim: Deadline | undefined
  longest: Deadline | undefined
}

/** Calls that are charged at a time; more are served, and not charged. */
const MAX_CALLS = 100_000
/** After a day without a BYE a phone has vanished; a longer call is charged for a day. */
const LONGEST_CALL_MS = 24 * 3_600_000

/**
 * Which calls are up, for their records: a Start when the first 2xx passes, a Stop when its BYE is over, or when a day
 * passed. A call lives on over a reload.
 */
export class CallAccounts {
  readonly #parts: CallAccountsParts
  readonly #open = new Map<string, Open>()
  #accounting: Accounting | undefined
  #interimMs = 0

  constructor(parts: CallAccountsParts) {
    this.#parts = parts
  }

  /** Who gets the records; undefined: nobody from now on. @param interimMs 0: no records in between */
  use(accounting: Accounting | undefined, interimMs: number): void {
    this.#accounting = accounting
    this.#interimMs = interimMs
  }

  /** @param token the proof that the requests inside this dialog bring back */
  began(token: string, context: RequestContext): void {
    if (this.#accounting === undefined || this.#open.has(token) || this.#open.size >= MAX_CALLS) return
    const { deadlines, nowMs, wallMs, sessionId } = this.#parts
    const open: Open = {
      call: recordOf(context, sessionId(), wallMs()),
      interim: undefined,
      longest: undefined,
    }
    this.#open.set(token, open)
    open.longest = deadlines.set(nowMs(), LONGEST_CALL_MS, () => this.ended(token, 'lost'))
    this.#interimLater(open)
    this.#accounting.callStarted(open.call)
  }

  ended(token: string, why: CallEnd = 'bye'): void {
    const open = this.#open.get(token)
    if (open === undefined) return
    this.#open.delete(token)
    this.#parts.deadlines.cancel(open.interim)
    this.#parts.deadlines.cancel(open.longest)
    this.#accounting?.callEnded(open.call, why, this.#parts.wallMs())
  }

  /** The server stops: what it does not see any more is not charged. */
  close(): void {
    for (const token of [...this.#open.keys()]) this.ended(token, 'shutdown')
  }

  #interimLater(open: Open): void {
    if (this.#interimMs === 0) return
    const { deadlines, nowMs, wallMs } = this.#parts
    open.interim = deadlines.set(nowMs(), this.#interimMs, () => {
      this.#accounting?.callGoesOn(open.call, wallMs())
      this.#interimLater(open)
    })
  }
}

function recordOf(context: RequestContext, sessionId: string, nowMs: number): CallRecord {
  const { request, flow } = context
  const caller = context.caller?.caller
  return {
    sessionId,
    callId: request.callId,
    user: caller?.kind === 'user' ? `${caller.user}@${caller.domain}` : '',
    classes: caller?.kind === 'user' ? caller.classes : undefined,
    from: request.from.uri.text,
    to: request.to.uri.text,
    requestUri: request.requestUri,
    sourceIp: flow.remote.ip,
    answeredMs: nowMs,
  }
}
