import { BoundedMap } from '../../base/bounded-map.ts'
import { type Address, type Flow, type Hop, printAddress } from '../../base/flow.ts'
import type { Via } from '../../sip/headers/via.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import {
  isLeftOut,
  type OverloadFeedback,
  offersLoss,
  printFeedback,
  readFeedback,
  withoutOverloadControl,
} from '../../sip/proxy/overload-control.ts'
import { belongsToCall, Draw, isEmergency } from './overload.ts'

/** Places of neighbours that are remembered; a neighbour has a few. */
const PLACES_KEPT = 1000
/** A client that offered nothing for so long is new (RFC 7339 §5.1). */
const OFFER_MS = 3_600_000
/** How long what we ask for holds: long enough for the next response to come. */
const VALIDITY_MS = 1000

/** What the neighbours' control stands on. */
export interface NeighbourControlParts {
  /** Monotonic, ms. */
  nowMs(): number
  /** Ms since 1970: numbers of what we ask for go on after a restart. */
  wallMs(): number
  isNeighbour(flow: Flow): boolean
  /** A request was not sent, since its neighbour asked for less. */
  leftOut(): void
}

/** What a neighbour asked for, and until when. */
interface Asked extends OverloadFeedback {
  readonly untilMs: number
}

/**
 * Overload control with configured neighbours (RFC 7339), both ways: what we ask for is put into every response to one
 * that offers it, and what one asks for is done. Strangers are neither told nor obeyed: who could ask us to send less
 * could take our neighbours from us.
 */
export class NeighbourControl {
  readonly #parts: NeighbourControlParts
  readonly #offeredMs = new WeakMap<Flow, number>()
  readonly #asked = new BoundedMap<string, Asked>(PLACES_KEPT)
  readonly #draw = new Draw()
  #lossPercent = 0
  #sequence = 0
  #text = ''
  /** No neighbour asks for less before this moment is over: nobody has to look. */
  #quietFromMs = 0

  constructor(parts: NeighbourControlParts) {
    this.#parts = parts
    this.demand(0)
  }

  /** Asks neighbours for so many of a hundred requests fewer. */
  demand(lossPercent: number): void {
    if (this.#text !== '' && lossPercent === this.#lossPercent) return
    this.#lossPercent = lossPercent
    this.#sequence = Math.max(this.#sequence + 1, Math.round(this.#parts.wallMs()))
    const validityMs = lossPercent === 0 ? 0 : VALIDITY_MS
    this.#text = printFeedback({ lossPercent, validityMs, sequence: this.#sequence })
  }

  /**
   * Takes overload control out of a request's top Via, and remembers a neighbour that offers it.
   * @param text the value as it goes on
   */
  received(via: Via, text: string, flow: Flow): string {
    if (offersLoss(via) && this.#parts.isNeighbour(flow)) this.#offeredMs.set(flow, this.#parts.nowMs())
    return withoutOverloadControl(text)
  }

  /** Whether a neighbour sends less when it is asked to. */
  takesPart(flow: Flow): boolean {
    const offeredMs = this.#offeredMs.get(flow)
    return offeredMs !== undefined && this.#parts.nowMs() - offeredMs < OFFER_MS
  }

  /** A response as it goes to a flow: with what we ask for, where that neighbour offers it. */
  answered(text: string, flow: Flow): string {
    if (!this.takesPart(flow)) return text
    const at = text.search(FIRST_VIA) + 2
    const end = text.indexOf('\r\n', at)
    if (at < 2 || end < 0) return text
    const comma = text.indexOf(',', at)
    const viaEnd = comma < 0 || comma > end ? end : comma
    return text.slice(0, viaEnd) + this.#text + text.slice(viaEnd)
  }

  /** A response of a neighbour to a request of ours, by its top Via, which is ours. */
  learn(via: Via, remote: Address): void {
    const feedback = readFeedback(via)
    if (feedback === undefined) return
    const key = printAddress(remote)
    const nowMs = this.#parts.nowMs()
    const known = this.#asked.get(key)
    // Late or repeated; a number far below is one that began again (§4.4).
    if (
      known !== undefined &&
      feedback.sequence <= known.sequence &&
      known.sequence - feedback.sequence < RESTARTED
    )
      return
    const untilMs = nowMs + feedback.validityMs
    this.#asked.set(key, { ...feedback, untilMs })
    if (feedback.lossPercent > 0) this.#quietFromMs = Math.max(this.#quietFromMs, untilMs)
  }

  /** Whether a request is not to be sent there, since that neighbour asked for less. */
  holdsBack(request: SipRequest, { flow, ip, port }: Hop): boolean {
    const nowMs = this.#parts.nowMs()
    if (nowMs >= this.#quietFromMs) return false
    const asked = this.#asked.get(printAddress(flow?.remote ?? { ip, port }))
    if (asked === undefined || nowMs >= asked.untilMs) return false
    const isPreferred = belongsToCall(request) || isEmergency(request)
    if (!isLeftOut(asked.lossPercent, isPreferred, this.#draw.of(request.callId))) return false
    this.#parts.leftOut()
    return true
  }
}

/** The top Via of a message. */
const FIRST_VIA = /\r\nv(?:ia)?[ \t]*:/i
/** Seconds, in thousandths, by which a number that began again is smaller. */
const RESTARTED = 3_600_000
