import type { Deadlines } from '../../base/deadlines.ts'
import type { Flow, Hop } from '../../base/flow.ts'
import { isSilenced } from '../../pipeline/gate.ts'
import type { Ports } from '../../pipeline/ports.ts'
import { runStages } from '../../pipeline/request.ts'
import { type Reply, type RequestContext, replyStateless, type Verdict } from '../../pipeline/stage.ts'
import { checkMessage } from '../../sip/message/check.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { KNOWN_METHODS } from '../../sip/methods.ts'
import { incomingBreadth } from '../../sip/proxy/hop-limits.ts'
import { loopPartOfRequest } from '../../sip/proxy/loop.ts'
import { planNextHop } from '../../sip/proxy/next-hop.ts'
import { stampedVia } from '../../sip/proxy/via-stamp.ts'
import type { SuspicionName, TransactionUser } from '../../sip/transaction/environment.ts'
import type { FinishedTransaction } from '../../sip/transaction/finished.ts'
import type { TransactionLayer } from '../../sip/transaction/layer.ts'
import type { ServerTransaction } from '../../sip/transaction/server-transaction.ts'
import type { NeighbourControl } from '../admission/neighbour-control.ts'
import type { Overload, Shed } from '../admission/overload.ts'
import type { StrangerAnswers } from '../admission/stranger-answers.ts'
import { endsOwnRefusal, reply } from '../replies.ts'
import { writeBranch } from './branch-text.ts'
import { Calls } from './calls.ts'
import type { Companions } from './companions.ts'
import { allowedHops } from './dialog-destination.ts'
import type { CoreEvents } from './events.ts'
import { Forwarding } from './forwarding.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'
import { passedBack } from './pass-back.ts'
import { answerStateless, answerToBroken, refuse, write } from './refusals.ts'

/** What the core stands on. */
export interface CoreParts {
  readonly ports: Ports
  readonly layer: TransactionLayer
  readonly forwarding: ForwardingEnvironment
  readonly events: CoreEvents
  readonly deadlines: Deadlines
  /** Other processes that serve the same addresses. */
  readonly companions: Companions | undefined
  /** Says what is refused while more comes than can be done. */
  readonly overload?: Overload | undefined
  /** Overload control with neighbours; absent where there are none. */
  readonly neighbourControl?: (() => NeighbourControl | undefined) | undefined
  /** Rations what goes to sources that never proved to receive. */
  readonly strangerAnswers?: StrangerAnswers | undefined
  /** A call ended that began here. @param token its dialog proof */
  readonly callOver?: ((token: string) => void) | undefined
  /** Monotonic, ms. */
  nowMs(): number
  wallMs(): number
}

/** Methods that begin something new: refused while the server drains. */
const BEGINS = new Set(['INVITE', 'SUBSCRIBE', 'REGISTER', 'MESSAGE', 'PUBLISH', 'REFER', 'OPTIONS'])

/** How the first line of a request ends. */
const VERSION = ' SIP/2.0'

const CLASSES = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx', '6xx'] as const

/** Seconds after which somebody turned away while draining may come back. */
const DRAIN_RETRY_SECONDS = '10'

/**
 * The way of a message, forward only: parse, check, transaction, stages, then a reply, silence, or the proxy. It
 * acts on what the inside decides, and holds no rule of its own.
 */
export class Core implements TransactionUser {
  #parts: CoreParts
  #running = 0
  /** Survives a reload, as the calls do. */
  readonly calls = new Calls(token => this.#parts.callOver?.(token))
  isDraining = false

  constructor(parts: CoreParts) {
    this.#parts = parts
  }

  /** Requests that wait for an answer of their targets. */
  get running(): number {
    return this.#running
  }

  /** A reload changes what the stages ask; transactions and calls go on. */
  replaceParts(parts: CoreParts): void {
    this.#parts = parts
  }

  /** One message: a datagram, a frame of a stream, a WebSocket message. */
  receive(text: string, flow: Flow): void {
    const { events } = this.#parts
    if (!flow.isReliable && !flow.isProved && this.#isForNobody(text, flow))
      return events.unserved(text, flow)
    const isFramed = flow.transport === 'tcp' || flow.transport === 'tls'
    const parsed = parseMessage(text, !isFramed)
    if (!parsed.ok)
      return refuse(this.#parts, parsed.error.refusal, parsed.error.status, parsed.error.partial, flow, text)
    const message = parsed.value
    const refusal = checkMessage(message)
    if (refusal !== undefined)
      return refuse(this.#parts, refusal.refusal, refusal.status, message, flow, text)
    if (message.kind === 'response') {
      events.received.add(CLASSES[Math.floor(message.status / 100)] ?? 'other')
      return this.#receiveResponse(message, flow)
    }
    events.received.add(KNOWN_METHODS.has(message.method) ? message.method : 'other')
    this.#receiveRequest(message, flow)
  }

  /**
   * Whether a datagram of a source that never proved to receive is a request that names nobody here: it would stay
   * unanswered by the stage `domain`, and is not read that far (0.3 µs instead of 5).
   */
  #isForNobody(text: string, flow: Flow): boolean {
    const { ports } = this.#parts
    if (!ports.isUnservedSilent) return false
    const lineEnd = text.indexOf('\r\n')
    const isRequest = lineEnd > 0 && text.startsWith(VERSION, lineEnd - VERSION.length)
    return isRequest && !ports.mayConcernUs(text) && ports.trunkOf(flow) === undefined
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    const { layer, events } = this.#parts
    const isStray = layer.receiveResponse(response, flow) === 'stray'
    if (isStray) {
      const branch = response.topVia.branch ?? ''
      if (this.#parts.companions?.handOver(branch, response.text, flow) === true) return
      events.strayResponses.add()
    }
    events.sensor?.response(response, flow, isStray)
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const { layer, events, overload } = this.#parts
    const via = request.topVia
    request.viaStamp = stampedVia(via, flow.remote)
    const control = this.#parts.neighbourControl?.()
    if (control !== undefined && via.text.includes(';oc'))
      request.viaStamp = control.received(via, request.viaStamp ?? via.text, flow)
    events.sensor?.request(request, flow)
    if (flow.peerIdentities.length > 0 && via.params.has('alias')) {
      this.#parts.forwarding.outbox.alias(flow, via.port ?? 5061)
    }
    const reception = layer.receiveRequest(request, flow)
    if (reception === 'absorbed') return
    if (reception === 'stray-ack' && endsOwnRefusal(request, this.#parts.forwarding.branchKeys)) return
    const context = this.#contextOf(request, flow)
    if (reception === 'stray-cancel') {
      const nobody = (): void => this.#act(context, nothingToCancel, undefined)
      if (this.#parts.companions?.seek(request.text, flow, nobody) !== true) nobody()
      return
    }
    if (this.isDraining && request.to.tag === undefined && BEGINS.has(request.method)) {
      return this.#act(context, draining, undefined)
    }
    if (overload !== undefined && overload.pressure > 0) {
      const shed = overload.refuses(request, flow)
      if (shed !== undefined) return this.#shed(shed, request, flow)
    }
    const verdict = runStages(context)
    if (!(verdict instanceof Promise) && verdict.kind !== 'later') {
      return this.#act(context, verdict, undefined)
    }
    // Somebody has to be asked: from now on the transaction absorbs retransmissions.
    const server = request.method === 'ACK' ? undefined : layer.createServer(request, flow)
    if (server === 'exists') return
    const act = (late: Verdict): void => {
      // Who had to be asked may be followed by a stage that has to wait itself: the registrar's disk.
      if (late.kind === 'later') return late.whenDecided(act)
      const waiting = server === 'full' ? undefined : server
      this.#act(context, waiting?.isCancelled === true ? cancelled : late, waiting)
    }
    if (!(verdict instanceof Promise)) return verdict.whenDecided(act)
    verdict.then(act, error => {
      events.failed('stage-failed', error)
      this.#act(
        context,
        { kind: 'reply', status: 500, why: 'stage-failed' },
        server === 'full' ? undefined : server,
      )
    })
  }

  #contextOf(request: SipRequest, flow: Flow): RequestContext {
    const { nowMs, wallMs, ports } = this.#parts
    return {
      request,
      flow,
      nowMs: nowMs(),
      wallMs: wallMs(),
      ports,
      route: noRoute(request),
      scope: 'foreign',
      domain: '',
      realm: '',
      inDialog: undefined,
      caller: undefined,
      authorized: undefined,
      identity: undefined,
      signed: undefined,
      rounds: [],
      decision: undefined,
      held: undefined,
      attestation: undefined,
      viaTrunk: undefined,
      isSpiral: false,
      authenticationInfo: undefined,
    }
  }

  #act(context: RequestContext, verdict: Verdict, server: ServerTransaction | undefined): void {
    const { request, flow } = context
    // Given up or failed after it had taken its place.
    if (verdict.kind !== 'forward') context.held?.over()
    switch (verdict.kind) {
      case 'reply':
        return this.#answer(context, verdict, server)
      case 'drop':
        return this.#drop(verdict.why, request, flow)
      case 'forward':
        if (request.method === 'ACK') return this.#forwardAck(context, verdict.plan)
        return this.#forward(context, verdict.plan, server)
      default:
        return
    }
  }

  /** Refused under overload: nothing is kept, and whoever cannot be answered hears nothing. */
  #shed(shed: Shed, request: SipRequest, flow: Flow): void {
    if (shed.kind === 'drop') return this.#parts.events.dropped(shed.why, flow, request)
    answerStateless(this.#parts, shed, request, flow)
  }

  #drop(why: string, request: SipRequest, flow: Flow): void {
    const { companions, events } = this.#parts
    if (companions === undefined || request.method !== 'ACK') return events.dropped(why, flow, request)
    const nobody = (): void => events.dropped(why, flow, request)
    if (!companions.seek(request.text, flow, nobody)) nobody()
  }

  #answer(context: RequestContext, verdict: Reply, waiting: ServerTransaction | undefined): void {
    const { request, flow } = context
    const { layer, events, ports } = this.#parts
    if (request.method === 'ACK') return events.dropped(verdict.why, flow, request)
    if (context.inDialog === undefined && waiting === undefined && isSilenced(request, flow, ports)) {
      return events.dropped('unserved-domain', flow, request)
    }
    // A stranger who never proved to receive gets one datagram and costs nothing more (DOS-01).
    const isStateless = verdict.isStateless === true || (!flow.isReliable && !flow.isProved)
    if (isStateless && waiting === undefined) return answerStateless(this.#parts, verdict, request, flow)
    const server = waiting ?? layer.createServer(request, flow)
    if (server === 'exists') return
    if (server === 'full') return answerStateless(this.#parts, verdict, request, flow)
    const answer = isEnd(context) && layer.claim(server, request) === 'merged' ? merged : verdict
    const text = write(this.#parts, request, answer)
    if (layer.respond(server, text, answer.status)) events.answered(answer.status, answer.why, flow, request)
  }

  #forward(
    context: RequestContext,
    plan: Parameters<typeof writeBranch>[2],
    waiting: ServerTransaction | undefined,
  ): void {
    const { layer, forwarding } = this.#parts
    const { request, flow } = context
    const server = waiting ?? layer.createServer(request, flow)
    if (server === 'exists') return context.held?.over()
    if (server === 'full') {
      context.held?.over()
      return answerStateless(
        this.#parts,
        { kind: 'reply', status: 503, why: 'too-many-transactions' },
        request,
        flow,
      )
    }
    if (server.isInvite) {
      layer.respond(server, reply(request, 100, forwarding.branchKeys), 100)
    }
    if (request.method === 'INVITE') this.#parts.events.sensor?.forwarded(context)
    const running = new Forwarding(forwarding, context, plan, server)
    server.user = running
    this.#running += 1
    running.start()
  }

  /** An ACK of a 2xx goes on without a transaction, to the one place that its dialog leads to. */
  #forwardAck(context: RequestContext, plan: Parameters<typeof writeBranch>[2]): void {
    const { forwarding, events } = this.#parts
    const { flow, request } = context
    const place = plan.rounds[0]?.[0]?.place
    const nextHop = place === undefined ? undefined : planNextHop(context.route, place)
    if (place === undefined || nextHop === undefined || !nextHop.ok) {
      return events.dropped('ack-without-target', flow, request)
    }
    const send = ([hop, ...others]: readonly Hop[]): void => {
      const outgoing = hop === undefined ? undefined : forwarding.outbox.sideFor(hop)
      if (hop === undefined || outgoing === undefined || forwarding.outbox.isSelf(hop)) {
        return events.dropped('ack-without-target', flow, request)
      }
      const written = writeBranch(forwarding, context, plan, {
        nextHop: nextHop.value,
        place,
        hop,
        incoming: forwarding.outbox.sideOf(flow),
        outgoing,
        breadth: incomingBreadth(request),
        loop: loopPartOfRequest(forwarding.branchKeys, request),
      })
      if (written === undefined) return
      forwarding.outbox.send(written.text, hop, () => {
        if (others.length > 0) send(others)
        else events.dropped('ack-not-sent', flow, request)
      })
    }
    const known = place.flowKey === '' ? undefined : forwarding.flows.hopOf(place.flowKey)
    if (known !== undefined) return send([known])
    const first = (hops: readonly Hop[]): void =>
      send(allowedHops(forwarding, context, place, nextHop.value.locate, hops))
    const located = forwarding.locate(nextHop.value, place, request.text.length)
    if (!(located instanceof Promise)) return first(located)
    located.then(first).catch((error: unknown) => events.failed('locate-failed', error))
  }

  // The transaction layer's reports.

  onCancel(server: ServerTransaction, cancel: SipRequest): void {
    server.user?.onCancel(cancel.header(H.reason))
  }

  onAck(_server: ServerTransaction, ack: SipRequest, flow: Flow): void {
    this.#receiveAck(ack, flow)
  }

  onServerTimeout(server: ServerTransaction): void {
    this.ended(server)
  }

  onServerTransportError(): void {}

  onServerDropped(server: ServerTransaction): void {
    server.user?.onCancel()
    this.ended(server)
  }

  onSuspicious(name: SuspicionName, flow: Flow, message: SipMessage | undefined): void {
    this.#parts.events.suspicious(name, flow, message)
  }

  onFurtherAnswer(over: FinishedTransaction, response: SipResponse, flow: Flow): void {
    const { forwarding } = this.#parts
    const text = passedBack(forwarding, over.flow, flow, response, {})
    forwarding.outbox.respond(text, over.flow, over.asksForSource)
  }

  /** All branches of a request ended. */
  ended(server: ServerTransaction): void {
    if (server.user === undefined) return
    server.user = undefined
    this.#running -= 1
  }

  /** Answers a forwarded request ourselves. */
  answerForwarded(context: RequestContext, server: ServerTransaction, status: number): void {
    const { layer, events } = this.#parts
    const text = write(this.#parts, context.request, { kind: 'reply', status, why: 'branches-ended' })
    if (layer.respond(server, text, status)) {
      events.answered(status, 'branches-ended', context.flow, context.request)
    }
  }

  #receiveAck(ack: SipRequest, flow: Flow): void {
    const context = this.#contextOf(ack, flow)
    const verdict = runStages(context)
    if (verdict instanceof Promise) return
    this.#act(context, verdict, undefined)
  }

  /**
   * A CANCEL or ACK that came to another process.
   * @returns whether a transaction of ours had it
   */
  receiveSought(text: string, flow: Flow): boolean {
    const parsed = parseMessage(text, true)
    return (
      parsed.ok &&
      parsed.value.kind === 'request' &&
      this.#parts.layer.receiveRequest(parsed.value, flow) === 'absorbed'
    )
  }

  /**
   * The answer to a stream that cannot be read any further, when its head is a request that can be answered.
   * @param head the message up to the fault
   */
  answerBroken(head: string, status: number, flow: Flow): string | undefined {
    return answerToBroken(this.#parts, head, status, flow)
  }
}

/** Before the stage `domain` has read it: as received. */
function noRoute(request: SipRequest): RequestContext['route'] {
  return {
    requestUri: request.requestUri,
    uri: request.uri,
    routes: [],
    isChanged: false,
    ownRoutes: [],
    dialogTokens: [],
    flowToken: undefined,
    hasOb: false,
    wasStrict: false,
    hasForeignMaddr: false,
  }
}

/** Where we are the end of the way, a request that came by two ways is answered once (RFC 3261 §8.2.2.2, TXN-18). */
function isEnd({ scope }: RequestContext): boolean {
  return scope === 'registrar' || scope === 'server'
}

const nothingToCancel = replyStateless(481, 'nothing-to-cancel')

/** The caller gave up while somebody was asked (RFC 3261 §9.2). */
const cancelled: Reply = { kind: 'reply', status: 487, why: 'cancelled' }

const merged = replyStateless(482, 'merged-request')

const draining = replyStateless(503, 'draining', [['Retry-After', DRAIN_RETRY_SECONDS]])
