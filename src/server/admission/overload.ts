import { randomInt } from 'node:crypto'
import type { Flow } from '../../base/flow.ts'
import { drop, type Reply, replyStateless } from '../../pipeline/stage.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'

/** What becomes of a request that there is no time for. */
export type Shed = Reply | ReturnType<typeof drop>

/**
 * Classes of requests, the first refused first: those of strangers, new ones of known flows, registrations of known
 * flows. What belongs to a call that is up, and emergency calls, have none: they are never refused.
 */
export type RequestClass = 0 | 1 | 2 | undefined

/** What is asked about a request's sender. */
export interface OverloadParts {
  /** A configured neighbour; `isTrusted`: its Resource-Priority is believed (RFC 4412 §4.7). */
  trunkOf(flow: Flow): { readonly isTrusted: boolean } | undefined
  /** Somebody logged in by this connection. */
  isLoggedIn(flow: Flow): boolean
  /** A neighbour that sends less when it is asked to (RFC 7339): it is not refused what it sends all the same. */
  takesPart(flow: Flow): boolean
  /** A request was refused. */
  shed(kind: RequestClass): void
}

/**
 * Requests refused under overload, before anything is asked or kept for them (RFC 7339 §5.10.1). Which of a class are
 * refused is told by their Call-ID: a request and its retransmissions have one fate.
 */
export class Overload {
  readonly #parts: OverloadParts
  readonly #draw = new Draw()
  /** 0: nothing is refused; each whole number refuses one class wholly. */
  pressure = 0

  constructor(parts: OverloadParts) {
    this.#parts = parts
  }

  /** What to do with a request in place of serving it; undefined: serve it. Asked while `pressure` is above 0. */
  refuses(request: SipRequest, flow: Flow): Shed | undefined {
    const kind = this.classOf(request, flow)
    if (kind === undefined) return undefined
    const part = this.pressure - kind
    if (part <= 0) return undefined
    const draw = this.#draw.of(request.callId)
    if (draw >= part) return undefined
    const isNeighbour = this.#parts.trunkOf(flow) !== undefined
    if (isNeighbour && part < 1 && this.#parts.takesPart(flow)) return undefined
    this.#parts.shed(kind)
    // Who never proved to receive gets nothing: an answer would cost us, and could hit somebody else.
    if (!flow.isReliable && !flow.isProved && !isNeighbour) return SILENCE
    // A neighbour would take Retry-After for all of its calls (RFC 7339 §5.10.2); a phone comes back later.
    if (isNeighbour) return WITHOUT_RETRY
    const seconds = RETRY_SECONDS + (Math.floor(draw * RETRY_SPREAD_SECONDS * 1000) % RETRY_SPREAD_SECONDS)
    return replyStateless(503, 'overload', [['Retry-After', String(seconds)]])
  }

  classOf(request: SipRequest, flow: Flow): RequestClass {
    if (belongsToCall(request) || isEmergency(request)) return undefined
    const trunk = this.#parts.trunkOf(flow)
    if (trunk?.isTrusted === true && request.has(H.resourcePriority)) return undefined
    const isKnown = trunk !== undefined || (flow.isReliable ? this.#parts.isLoggedIn(flow) : flow.isProved)
    if (!isKnown) return 0
    return request.method === 'REGISTER' ? 2 : 1
  }
}

/** A number from 0 to 1 for a text, the same for the same text, that nobody outside can foretell. */
export class Draw {
  readonly #key = randomInt(2 ** 32) | 0

  of(text: string): number {
    let hash = this.#key
    const length = Math.min(text.length, MAX_CHARS)
    for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
  }
}

const MAX_CHARS = 64
const RETRY_SECONDS = 5
const RETRY_SPREAD_SECONDS = 16
const SILENCE = drop('overload')
const WITHOUT_RETRY = replyStateless(503, 'overload')

/** What ends, changes or acknowledges something that is there, and what is inside a dialog. */
export function belongsToCall({ method, toResult }: SipRequest): boolean {
  if (method === 'ACK' || method === 'CANCEL' || method === 'BYE' || method === 'PRACK') return true
  return toResult.ok && toResult.value.tag !== undefined
}

/** A call for help (RFC 5031 §4.2): `urn:service:sos`, or a kind of it. */
export function isEmergency({ requestUri }: SipRequest): boolean {
  return EMERGENCY.test(requestUri)
}

const EMERGENCY = /^urn:service:sos(?:$|[.;?])/i
