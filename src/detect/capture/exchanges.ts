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
  readonly method: string
  readonly exchange: Exchange | undefined
}

/** Final statuses of one request that are remembered; forks seldom have more. */
const MAX_HEARD = 16

/**
 * What was asked and not answered yet, as the server's transactions would have it: requests that came in by their
 * branch and source, and those that went out by their branch (RFC 3261 §17.1.3, §17.2.3). Bounded; the oldest go.
 *
 * The branch alone is the key where nobody else has it, as that costs no new text; CANCEL and whoever says the same
 * branch get a longer one.
 */
export class Exchanges {
  readonly #incoming = new BoundedMap<string, Exchange>(LIMITS.maxCaptureExchanges)
  readonly #outgoing = new BoundedMap<string, Branch>(LIMITS.maxCaptureExchanges)

  /** A request that came; ACK has no answer and is no exchange. */
  asked(request: SipRequest, ip: string, transport: TransportName): Exchange {
    const id = idOf(request, request.topVia)
    const same = this.#incoming.get(id)
    const known = this.#find(id, request, ip, same)
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
    this.#incoming.set(same === undefined ? id : longKey(id, request, ip), exchange)
    return exchange
  }

  /** The request that a response of the server answers. @param ip where it goes to */
  answeredBy(response: SipResponse, ip: string): Exchange | undefined {
    const id = idOf(response, response.topVia)
    return this.#find(id, response, ip, this.#incoming.get(id))
  }

  /** The request that one of the server was made from: its second Via is that of the request that came. */
  origin(request: SipRequest): Exchange | undefined {
    const second = request.hasOneVia ? undefined : request.vias[1]
    const via = second === undefined ? undefined : parseVia(second)
    if (via === undefined || !via.ok) return undefined
    const said = via.value.received ?? via.value.host
    const ip = said.includes(':') ? (canonicalIp(said) ?? said) : said
    const id = idOf(request, via.value)
    return this.#find(id, request, ip, this.#incoming.get(id))
  }

  /** A request of the server. */
  sent(request: SipRequest, ip: string, exchange: Exchange | undefined): void {
    const id = idOf(request, request.topVia)
    const { method } = request
    const same = this.#outgoing.get(id)
    const isFree = same === undefined || same.method === method
    this.#outgoing.set(isFree ? id : `${id} ${method}`, { ip, method, exchange })
  }

  /** Where the request went that a response answers. */
  branchOf(response: SipResponse): Branch | undefined {
    const id = idOf(response, response.topVia)
    const { method } = response.cseq
    const branch = this.#outgoing.get(id)
    return branch === undefined || branch.method === method ? branch : this.#outgoing.get(`${id} ${method}`)
  }

  /** @param same who has the branch alone as key */
  #find(id: string, message: SipMessage, ip: string, same: Exchange | undefined): Exchange | undefined {
    if (same === undefined) return undefined
    const { number, method } = message.cseq
    const { cseq } = same.request
    const isIt = same.ip === ip && cseq.number === number && cseq.method === method
    return isIt ? same : this.#incoming.get(longKey(id, message, ip))
  }
}

/** Remembers a final status. */
export function hear(exchange: Exchange, status: number): void {
  if (exchange.heard.length < MAX_HEARD && !exchange.heard.includes(status)) exchange.heard.push(status)
}

/** Without a branch of RFC 3261 the Call-ID tells. */
function idOf(message: SipMessage, via: Via): string {
  return via.branch ?? message.callId
}

function longKey(id: string, { cseq }: SipMessage, ip: string): string {
  return `${id} ${cseq.number} ${cseq.method} ${ip}`
}
