import type { TransportName } from '../../base/flow.ts'
import type { BrokenStream } from '../../base/framer.ts'
import { LIMITS } from '../../base/limits.ts'
import { checkMessage } from '../../sip/message/check.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import type { Observer, Where } from '../observer.ts'
import type { MediaWatch } from './call-media.ts'
import { type Exchange, Exchanges, hear } from './exchanges.ts'
import type { ServerAddresses } from './servers.ts'
import type { Ends } from './tcp-streams.ts'
import { hasCredentials, WireCredentials } from './wire-credentials.ts'

/** Who else is told. */
interface Also {
  readonly onLogin?: ReplayLogin
  /** Compares calls with their media. */
  readonly media?: MediaWatch
}

type Way = ReturnType<ServerAddresses['wayOf']>

const SIP_PORT = 5060

/** Told when an account proved itself. */
export type ReplayLogin = (source: string, account: string, atMs: number) => void

/** The first octets of STUN; what is as short as this is a keep-alive (RFC 5626 §4.4, §8). */
const LAST_STUN = 3
const KEEP_ALIVE_BYTES = 4

/** Who is to be answered is answered by then. */
const SILENCE_MS = 2000
/** Of those that got no answer so many are remembered until a failure explains them. */
const MAX_UNEXPLAINED = 1000

/** What a sensor counts. */
export interface CaptureCounts {
  requests: number
  responses: number
  malformed: number
  /** Messages of the server itself. */
  sent: number
  /** Messages of others to others. */
  past: number
  keepAlives: number
  stun: number
}

/**
 * Tells what a captured server saw, as the server's own sensor would have told it: what came in as requests and
 * responses, and, from what it sent, what it answered itself, what it forwarded, and how it judged credentials.
 */
export class CaptureSensor {
  readonly counts: CaptureCounts = {
    ...{ requests: 0, responses: 0, malformed: 0, sent: 0, past: 0, keepAlives: 0, stun: 0 },
  }
  /** Requests by method, and responses by class. */
  readonly kinds = new Map<string, number>()
  readonly #observer: Observer
  readonly #servers: ServerAddresses
  readonly #also: Also
  readonly #exchanges = new Exchanges()
  readonly #credentials = new WireCredentials()
  readonly #where: Where
  /** Credentials that wait for an answer, oldest first. */
  readonly #waiting = new Map<Exchange, number>()
  /** Credentials without an answer of which nothing could be said yet. */
  #unexplained: Exchange[] = []
  #failuresKnown = 0

  constructor(observer: Observer, servers: ServerAddresses, also: Also = {}) {
    this.#observer = observer
    this.#also = also
    this.#servers = servers
    this.#where = { atMs: 0, source: observer.engine.sourceOf('0.0.0.0'), transport: 'udp' }
  }

  /** A datagram; whether it was to or from the server. */
  datagram(octets: Buffer, ends: Ends, nowMs: number): boolean {
    const way = this.#servers.wayOf(ends, false)
    if (way === 'past') return false
    if (octets.length <= KEEP_ALIVE_BYTES) {
      this.counts.keepAlives += 1
      return true
    }
    if ((octets[0] ?? 0) <= LAST_STUN) {
      this.counts.stun += 1
      return true
    }
    this.#read(octets.latin1Slice(0, octets.length), ends, 'udp', way, nowMs)
    return true
  }

  /** A message of a stream. */
  message(text: string, ends: Ends, nowMs: number): void {
    this.#read(text, ends, 'tcp', this.#wayOfMessage(text, ends), nowMs)
  }

  /** A stream that cannot be read any further. */
  broken({ head, error }: BrokenStream, ends: Ends, nowMs: number): void {
    const way = this.#servers.wayOf(ends, true)
    if (way === 'in' || way === 'self') this.#malformed(head, error, ends, 'tcp', nowMs)
  }

  /** On one host the address says nothing: a request of the server bears its address in Via. */
  #wayOfMessage(text: string, ends: Ends): Way {
    const way = this.#servers.wayOf(ends, true)
    if (way !== 'past' || !this.#servers.isOwn(ends.sourceIp)) return way
    const parsed = parseMessage(text, false)
    if (!parsed.ok || parsed.value.kind !== 'request') return way
    const via = parsed.value.topViaResult
    if (!via.ok || !this.#servers.has(via.value.host, via.value.port ?? SIP_PORT)) return way
    this.#servers.learn(ends.sourceIp, ends.sourcePort)
    return this.#servers.wayOf(ends, true)
  }

  #read(text: string, ends: Ends, transport: TransportName, way: Way, nowMs: number): void {
    if (way === 'past') {
      this.counts.past += 1
      return
    }
    if (this.#waiting.size > 0) this.#judgeSilence(nowMs)
    if (this.#unexplained.length > 0) this.#explainSilence(nowMs)
    this.#also.media?.tick(nowMs)
    const parsed = parseMessage(text, transport === 'udp')
    const refusal = parsed.ok ? checkMessage(parsed.value)?.refusal : parsed.error.refusal
    if (!parsed.ok || refusal !== undefined) {
      if (way !== 'out') this.#malformed(text, refusal ?? 'not-sip', ends, transport, nowMs)
      return
    }
    if (way !== 'in') this.#sent(parsed.value, ends, nowMs)
    if (way !== 'out') this.#received(parsed.value, ends, transport, nowMs)
  }

  #malformed(
    text: string,
    refusal: string,
    { sourceIp }: Ends,
    transport: TransportName,
    nowMs: number,
  ): void {
    this.counts.malformed += 1
    this.#observer.malformed(this.#at(sourceIp, transport, nowMs), text, refusal)
  }

  #received(message: SipMessage, { sourceIp }: Ends, transport: TransportName, nowMs: number): void {
    const where = this.#at(sourceIp, transport, nowMs)
    if (message.bodyEnd > message.bodyStart) this.#also.media?.offered(message.callId, message.body)
    if (message.kind === 'response') {
      this.counts.responses += 1
      this.#count(`${Math.floor(message.status / 100)}xx`)
      return this.#receivedResponse(message, sourceIp, where)
    }
    this.counts.requests += 1
    this.#count(message.method)
    if (message.method !== 'ACK') {
      const exchange = this.#exchanges.asked(message, sourceIp, transport)
      if (hasCredentials(message)) this.#await(exchange, nowMs)
    }
    this.#observer.request(where, message)
  }

  #await(exchange: Exchange, nowMs: number): void {
    if (exchange.answered > 0 || exchange.isForwarded || exchange.isJudged) return
    if (this.#waiting.size < LIMITS.maxCaptureExchanges) this.#waiting.set(exchange, nowMs)
  }

  /** Judges credentials that got no answer for so long that none is to come. */
  #judgeSilence(nowMs: number): void {
    for (const [exchange, askedMs] of this.#waiting) {
      if (nowMs - askedMs < SILENCE_MS) return
      this.#waiting.delete(exchange)
      if (exchange.answered > 0 || exchange.isForwarded) continue
      if (!this.#judgeUnanswered(exchange, nowMs) && this.#unexplained.length < MAX_UNEXPLAINED)
        this.#unexplained.push(exchange)
    }
  }

  /** A failure that was seen may explain why others got no answer before it. */
  #explainSilence(nowMs: number): void {
    const { failures } = this.#credentials
    if (failures === this.#failuresKnown) return
    this.#failuresKnown = failures
    this.#unexplained = this.#unexplained.filter(exchange => !this.#judgeUnanswered(exchange, nowMs))
  }

  #judgeUnanswered(exchange: Exchange, nowMs: number): boolean {
    const judgement = this.#credentials.judgeSilence(exchange.request, exchange.ip)
    if (judgement === undefined) return false
    exchange.isJudged = true
    this.#observer.credentials(this.#at(exchange.ip, exchange.transport, nowMs), exchange.request, judgement)
    return true
  }

  #receivedResponse(response: SipResponse, ip: string, where: Where): void {
    const branch = this.#exchanges.branchOf(response)
    const isElsewhere = branch !== undefined && branch.ip !== ip
    if (isElsewhere) {
      const { atMs, source, transport } = where
      this.#observer.see({
        ...{ kind: 'doubt', atMs, source, transport },
        ...{ doubt: 'response-from-another-source', message: response, account: '' },
      })
    } else if (branch?.exchange !== undefined && response.status >= 200) {
      hear(branch.exchange, response.status)
    }
    this.#observer.response(where, response, branch === undefined || isElsewhere)
  }

  #sent(message: SipMessage, { destinationIp }: Ends, nowMs: number): void {
    this.counts.sent += 1
    if (message.kind === 'request') return this.#sentRequest(message, destinationIp, nowMs)
    this.#credentials.challenged(message, destinationIp)
    if (message.status < 200) return
    const exchange = this.#exchanges.answeredBy(message, destinationIp)
    if (exchange === undefined) return
    const isOwn = !exchange.heard.includes(message.status)
    const where = this.#at(exchange.ip, exchange.transport, nowMs)
    if (!isAnotherAnswer(exchange, isOwn, message.status, where.source.isProved)) return
    exchange.answered += 1
    this.#judge(exchange, message, where)
    this.#observer.answer(where, exchange.request, message.status, '', isOwn)
  }

  #sentRequest(request: SipRequest, ip: string, nowMs: number): void {
    if (request.method === 'ACK') return
    const exchange = this.#exchanges.origin(request)
    this.#exchanges.sent(request, ip, exchange)
    if (exchange === undefined || exchange.isForwarded) return
    exchange.isForwarded = true
    const where = this.#at(exchange.ip, exchange.transport, nowMs)
    const account = this.#judge(exchange, undefined, where)
    this.#observer.forwarded(where, exchange.request, account, '')
  }

  /** Tells how the credentials were judged, once unless asked again; the account that they proved, or ''. */
  #judge(exchange: Exchange, response: SipResponse | undefined, where: Where): string {
    const { request, ip } = exchange
    if (!hasCredentials(request)) return ''
    if (exchange.isForwarded && exchange.isJudged) return ''
    const judgement = this.#credentials.judge(request, response, ip, exchange.isForwarded)
    if (judgement === undefined) return ''
    exchange.isJudged = true
    this.#observer.credentials(where, request, judgement)
    if (!judgement.isAccepted) return ''
    const account = `${judgement.user}@${judgement.realm}`
    this.#also.onLogin?.(where.source.ip, account, where.atMs)
    return account
  }

  #at(ip: string, transport: TransportName, nowMs: number): Where {
    const where = this.#where
    const source = this.#observer.engine.sourceOf(ip)
    // Who has a connection receives what is sent to it.
    if (transport !== 'udp') source.isProved = true
    where.atMs = nowMs
    where.source = source
    where.transport = transport
    return where
  }

  #count(kind: string): void {
    const known = this.kinds.has(kind) || this.kinds.size < MAX_KINDS ? kind : 'other'
    this.kinds.set(known, (this.kinds.get(known) ?? 0) + 1)
  }
}

/** Methods told apart: strangers may make up many. */
const MAX_KINDS = 40

/**
 * Whether a final response answers anew. The first does; a further one is the first once more, unless the request came
 * again and nothing is kept of the answer: a challenge, or any answer to who did not prove that it receives.
 */
function isAnotherAnswer(
  { answered, asked, transport }: Exchange,
  isOwn: boolean,
  status: number,
  isProved: boolean,
): boolean {
  if (answered === 0) return true
  const isStateless = status === 401 || status === 407 || (transport === 'udp' && !isProved)
  return isOwn && isStateless && answered < asked
}
