import type { Flow, Hop } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import type { ForwardPlan, Place, RequestContext } from '../../pipeline/stage.ts'
import type { SipResponse } from '../../sip/message/message.ts'
import { type ResponseEdits, writeForwardedRequest, writeForwardedResponse } from '../../sip/message/write.ts'
import type { BranchFailure, OwnStatus } from '../../sip/proxy/best-response.ts'
import { makeDialogToken } from '../../sip/proxy/dialog-proof.ts'
import { forward } from '../../sip/proxy/forward.ts'
import { incomingBreadth, nextMaxForwards } from '../../sip/proxy/hop-limits.ts'
import { loopFactsOf, loopPart, makeBranch } from '../../sip/proxy/loop.ts'
import { type NextHop, planNextHop } from '../../sip/proxy/next-hop.ts'
import { namesOwnRealm, ownAnswerRows, ownChallengeRows } from '../../sip/proxy/own-realm.ts'
import type { OwnSide } from '../../sip/proxy/own-side.ts'
import { type Branch, type ContextActions, ResponseContext } from '../../sip/proxy/response-context.ts'
import { claimsBetween, type Trust } from '../../sip/proxy/trust.ts'
import type { ClientTransaction } from '../../sip/transaction/client-transaction.ts'
import type { ServerTransaction } from '../../sip/transaction/server-transaction.ts'
import { aorOf } from '../../sip/uri/equals.ts'
import { allowedHops } from './dialog-destination.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'
import { Leg } from './leg.ts'

/**
 * One request on its way to its targets: performs what the response context decides, with client transactions,
 * timers and the transports.
 */
export class Forwarding implements ContextActions<Place> {
  readonly #env: ForwardingEnvironment
  readonly #context: RequestContext
  readonly #plan: ForwardPlan
  readonly #server: ServerTransaction
  readonly #responses: ResponseContext<Place>
  readonly #legs = new Map<Branch<Place>, Leg>()
  readonly #incoming: OwnSide
  readonly #loop: string
  /** Where the response that is being judged came from. */
  #lastFlow: Flow | undefined

  constructor(
    env: ForwardingEnvironment,
    context: RequestContext,
    plan: ForwardPlan,
    server: ServerTransaction,
  ) {
    this.#env = env
    this.#context = context
    this.#plan = plan
    this.#server = server
    this.#incoming = env.outbox.sideOf(context.flow)
    this.#loop = loopPart(env.branchKeys, loopFactsOf(context.request))
    this.#responses = new ResponseContext(
      {
        method: context.request.method,
        rounds: plan.rounds,
        breadth: incomingBreadth(context.request, context.isSpiral),
        isSpiral: context.isSpiral,
        isOwnDomain: plan.isOwnDomain,
      },
      this,
    )
  }

  start(): void {
    this.#responses.start()
  }

  onCancel(): void {
    this.#responses.onCancel()
  }

  // What the context asks for.

  startBranch(branch: Branch<Place>): 'sent' | 'locating' {
    const leg = this.#legOf(branch)
    const { place } = branch
    const nextHop = planNextHop(this.#context.route, place)
    if (!nextHop.ok) {
      this.#env.note('target-refused', nextHop.error.why)
      this.#responses.onFailure(branch, 'transport-error')
      return 'sent'
    }
    leg.nextHop = nextHop.value
    const flowHop = place.flowKey === '' ? undefined : this.#env.flows.hopOf(place.flowKey)
    if (flowHop !== undefined && fits(flowHop, nextHop.value, place)) return this.#located(leg, [flowHop])
    if (place.isFlowOnly) {
      this.#responses.onFailure(branch, 'flow-failed')
      return 'sent'
    }
    const located = this.#env.locate(nextHop.value, place, this.#context.request.text.length)
    const allowed = (hops: readonly Hop[]) =>
      allowedHops(this.#env, this.#context, place, nextHop.value.locate, hops)
    if (!(located instanceof Promise)) return this.#located(leg, allowed(located))
    located.then(
      hops => {
        if (this.#responses.mayStillSend(branch)) this.#located(leg, allowed(hops))
      },
      error => {
        this.#env.failed('locate-failed', error)
        this.#responses.onFailure(branch, 'transport-error')
      },
    )
    return 'locating'
  }

  tryNextAddress(branch: Branch<Place>): boolean {
    return this.#sendNext(this.#legOf(branch))
  }

  cancelBranch(branch: Branch<Place>): void {
    const { client } = this.#legOf(branch)
    if (client !== undefined) this.#env.layer.cancel(client)
  }

  setTimerC(branch: Branch<Place>): void {
    const leg = this.#legOf(branch)
    const { deadlines, nowMs, timerCMs } = this.#env
    deadlines.cancel(leg.timerC)
    leg.timerC = deadlines.set(nowMs(), timerCMs, leg)
  }

  stopTimerC(branch: Branch<Place>): void {
    this.#env.deadlines.cancel(this.#legOf(branch).timerC)
  }

  forwardResponse(response: SipResponse, edits: ResponseEdits): void {
    const isTrusted = this.#lastFlow !== undefined && this.#env.isTrusted(this.#lastFlow)
    const isAskerTrusted = this.#env.isTrusted(this.#context.flow)
    const claims = claimsBetween(response, isTrusted ? 'trusted' : 'stranger', isAskerTrusted)
    const status = edits.status ?? response.status
    const isOwnRealm = (realm: string): boolean => this.#env.isOwnRealm(realm)
    const text = writeForwardedResponse(response, {
      ...edits,
      ...(edits.challenges === undefined
        ? {}
        : { challenges: edits.challenges.filter(([, value]) => !namesOwnRealm(value, isOwnRealm)) }),
      remove: claims.remove,
      removeNamed: claims.removeNamed,
      removeRows: ownChallengeRows(response, isOwnRealm),
    })
    this.#env.layer.respond(this.#server, text, status)
  }

  respond(status: OwnStatus): void {
    this.#env.reply(this.#context, this.#server, status)
  }

  ended(): void {
    const { request, inDialog } = this.#context
    if (request.method === 'BYE' && inDialog !== undefined) this.#env.callEnded(inDialog.token)
    this.#env.ended(this.#server)
  }

  // What happened.

  onResponse(leg: Leg, client: ClientTransaction, response: SipResponse, flow: Flow): void {
    if (client !== leg.client && response.status >= 300) return
    this.#lastFlow = flow
    if (this.#begins(response) && leg.dialogToken !== undefined) this.#env.callBegan(leg.dialogToken)
    this.#responses.onResponse(leg.branch, response)
  }

  onFailure(leg: Leg, failure: BranchFailure): void {
    this.#responses.onFailure(leg.branch, failure)
  }

  onTimerC(leg: Leg): void {
    this.#responses.onTimerC(leg.branch)
  }

  #legOf(branch: Branch<Place>): Leg {
    let leg = this.#legs.get(branch)
    if (leg === undefined) {
      leg = new Leg(this, branch)
      this.#legs.set(branch, leg)
    }
    return leg
  }

  #located(leg: Leg, hops: readonly Hop[]): 'sent' {
    leg.hops = [...hops]
    if (!this.#sendNext(leg)) this.#responses.onFailure(leg.branch, 'transport-error')
    return 'sent'
  }

  /** Sends to the next hop that can be sent to; false when none is left. */
  #sendNext(leg: Leg): boolean {
    for (let hop = leg.hops.shift(); hop !== undefined; hop = leg.hops.shift()) {
      if (this.#env.outbox.isSelf(hop)) continue
      const request = this.#write(leg, hop)
      if (request === undefined) continue
      if (hop.transport === 'udp' && hop.flow === undefined && isTooLarge(request.text) && !leg.isOverTcp) {
        // RFC 3261 §18.1.1: TCP first, and UDP again when nobody listens there.
        leg.isOverTcp = true
        leg.hops.unshift({ ...hop, transport: 'tcp' }, hop)
        continue
      }
      const client = this.#env.layer.createClient({
        text: request.text,
        method: this.#context.request.method,
        branch: request.branch,
        hop,
        user: leg,
      })
      if (client === undefined) return false
      leg.client = client
      leg.dialogToken = request.dialogToken
      this.#env.forwarded()
      return true
    }
    return false
  }

  /** Whether a response to this request means that a call is up. */
  #begins(response: SipResponse): boolean {
    if (response.status < 200 || response.status >= 300) return false
    return this.#context.request.method === 'INVITE' && this.#context.inDialog === undefined
  }

  #write(leg: Leg, hop: Hop): BranchText | undefined {
    const outgoing = this.#env.outbox.sideFor(hop)
    if (outgoing === undefined || leg.nextHop === undefined) return undefined
    return writeBranch(this.#env, this.#context, this.#plan, {
      nextHop: leg.nextHop,
      place: leg.branch.place,
      hop,
      incoming: this.#incoming,
      outgoing,
      breadth: leg.branch.breadth,
      loop: this.#loop,
    })
  }
}

/** What the text of one branch is made of. */
export interface BranchParts {
  readonly nextHop: NextHop
  readonly place: Place
  readonly hop: Hop
  readonly incoming: OwnSide
  readonly outgoing: OwnSide
  readonly breadth: number
  readonly loop: string
}

/** What goes out on a branch, and what names it. */
export interface BranchText {
  readonly text: string
  readonly branch: string
  readonly dialogToken: string
}

/** Writes the request for one hop, with a branch of its own. */
export function writeBranch(
  env: ForwardingEnvironment,
  context: RequestContext,
  plan: ForwardPlan,
  parts: BranchParts,
): BranchText | undefined {
  const { request, inDialog } = context
  const maxForwards = nextMaxForwards(request)
  if (!maxForwards.ok) return undefined
  const branch = makeBranch(env.uniqueBranch(), parts.loop)
  const token = inDialog?.token ?? dialogToken(env, context, parts)
  const isReceiverTrusted = env.isTrustedPeer(parts.place.peer)
  const edits = forward(plan.authorized, request, {
    nextHop: parts.nextHop,
    incoming: parts.incoming,
    outgoing: parts.outgoing,
    branch,
    maxForwards: maxForwards.value,
    breadth: parts.breadth,
    dialogToken: token,
    trust: claimsBetween(request, trustOf(env, context), isReceiverTrusted),
    spentCredentialRows: ownAnswerRows(request, realm => env.isOwnRealm(realm)),
    ...(isReceiverTrusted && context.caller?.caller.kind === 'user'
      ? { pAssertedIdentity: [`<${aorOf(request.from.uri)}>`] }
      : {}),
  })
  return { text: writeForwardedRequest(request, edits), branch, dialogToken: token }
}

function dialogToken(env: ForwardingEnvironment, context: RequestContext, parts: BranchParts): string {
  const { request, flow } = context
  const { hop, place } = parts
  return makeDialogToken(env.dialogKeys, env.node, {
    callId: request.callId,
    initialFromTag: request.from.tag ?? '',
    callerAor: aorOf(request.from.uri),
    calleeAor: aorOf(request.to.uri),
    callerSource: env.sourceOf(flow),
    calleeSource: place.peer === 'user' ? env.sourceOfAddress(hop.ip) : place.peer,
    callerFlow: env.flowNames.nameOf(flow.transport, flow.remote),
    calleeFlow: env.flowNames.nameOf(hop.transport, hop),
  })
}

function trustOf(env: ForwardingEnvironment, context: RequestContext): Trust {
  if (env.isTrusted(context.flow)) return 'trusted'
  const caller = context.caller?.caller
  return caller?.kind === 'user' || context.inDialog !== undefined ? 'user' : 'stranger'
}

/** A flow that a place names must be as secure as the place demands (RFC 5630 §5.3). */
function fits(hop: Hop, nextHop: NextHop, place: Place): boolean {
  if (!nextHop.isSecureOnly && !place.needsTls) return true
  return hop.transport === 'tls' || hop.transport === 'wss'
}

function isTooLarge(text: string): boolean {
  return text.length > LIMITS.maxUdpRequestBytes
}
