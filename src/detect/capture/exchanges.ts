import { BoundedMap } from '../../base/bounded-map.ts'
import type { TransportName } from '../../base/flow.ts'
import { canonicalIp } from '../../base/ip-address.ts'
import { LIMITS } from '../../base/limits.ts'
import { parseVia, type Via } from '../../sip/headers/via.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../sip/message/message.ts'

/** A request that came to the server, and what became of it. */
export interface Exchange {
  readonly request: SipRequest
  readonly ip: string
  readonly transport: TransportName
  /** How often it came, retransmissions included, and how often it was answered with a final response. */
  asked: number
  answered: number
  isForwarded: boolean
  /** Its credentials were judged. */
  isJudged: boolean
  /** Final statuses that came from where it was forwarded to. */
  readonly heard: number[]
}

/** Where a request of the server went, and what it was made from. */
export interface Branch {
  readonly ip: string
  readonly exchange: Exchange | undefined
}

/** Final statuses of one request that are remembered; forks seldom have more. */
const MAX_HEARD = 16

/**
 * What was asked and not answered yet, as the server's transactions would have it: requests that came in by their
 * branch and source, and those that went out by their branch (RFC 3261 §17.1.3, §17.2.3). Bounded; the oldest go.
 */
export class Exchanges {
  readonly #incoming = new BoundedMap<string, Exchange>(LIMITS.maxCaptureExchanges)
  readonly #outgoing = new BoundedMap<string, Branch>(LIMITS.maxCaptureExchanges)

  /** A request that came; ACK has no answer and is no exchange. */
  asked(request: SipRequest, ip: string, transport: TransportName): Exchange {
    const key = incomingKey(request, request.topVia, ip)
    const known = this.#incoming.get(key)
    if (known !== undefined) {
      known.asked += 1
      return known
    }
    const exchange: Exchange = {
      request,
      ip,
      transport,
      asked: 1,
      answered: 0,
      isForwarded: false,
      isJudged: false,
      heard: [],
    }
    this.#incoming.set(key, exchange)
    return exchange
  }

  /** The request that a response of the server answers. @param ip where it goes to */
  answeredBy(response: SipResponse, ip: string): Exchange | undefined {
    return this.#incoming.get(incomingKey(response, response.topVia, ip))
  }

  /** The request that one of the server was made from: its second Via is that of the request that came. */
  origin(request: SipRequest): Exchange | undefined {
    const second = request.hasOneVia ? undefined : request.vias[1]
    const via = second === undefined ? undefined : parseVia(second)
    if (via === undefined || !via.ok) return undefined
    const said = via.value.received ?? via.value.host
    const ip = said.includes(':') ? (canonicalIp(said) ?? said) : said
    return this.#incoming.get(incomingKey(request, via.value, ip))
  }

  /** A request of the server. */
  sent(request: SipRequest, ip: string, exchange: Exchange | undefined): void {
    this.#outgoing.set(outgoingKey(request), { ip, exchange })
  }

  /** Where the request went that a response answers. */
  branchOf(response: SipResponse): Branch | undefined {
    return this.#outgoing.get(outgoingKey(response))
  }
}

/** Remembers a final status. */
export function hear(exchange: Exchange, status: number): void {
  if (exchange.heard.length < MAX_HEARD && !exchange.heard.includes(status)) exchange.heard.push(status)
}

function incomingKey(message: SipMessage, via: Via, ip: string): string {
  const { number, method } = message.cseq
  // Without a branch of RFC 3261 the Call-ID tells.
  const id = via.branch ?? message.callId
  return `${id} ${number} ${method} ${ip}`
}

function outgoingKey(message: SipMessage): string {
  return `${message.topVia.branch ?? message.callId} ${message.cseq.method}`
}
