import type { Flow, Hop } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import type { HeldCall } from '../../pipeline/ports.ts'
import type { ForwardPlan, Place, RequestContext } from '../../pipeline/stage.ts'
import type { InDialog } from '../../pipeline/stages/in-dialog-proof.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import type { ResponseEdits } from '../../sip/message/write.ts'
import type { BranchFailure, OwnStatus } from '../../sip/proxy/best-response.ts'
import { incomingBreadth } from '../../sip/proxy/hop-limits.ts'
import { loopPartOfRequest } from '../../sip/proxy/loop.ts'
import { type NextHop, planNextHop } from '../../sip/proxy/next-hop.ts'
import type { OwnSide } from '../../sip/proxy/own-side.ts'
import { type Branch, type ContextActions, ResponseContext } from '../../sip/proxy/response-context.ts'
import type { ClientTransaction } from '../../sip/transaction/client-transaction.ts'
import type { ServerTransaction } from '../../sip/transaction/server-transaction.ts'
import { endsCall } from '../policy/held-calls.ts'
import { type BranchText, isNeighbour, writeBranch } from './branch-text.ts'
import { allowedHops } from './dialog-destination.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'
import { Leg } from './leg.ts'
import { passedBack } from './pass-back.ts'

/**
 * One request on its way to its targets: performs what the response context decides, with client transactions,
 * timers and the transports.
 */
export class Forwarding implements ContextActions<Place, Leg> {
  readonly #env: ForwardingEnvironment
  /** Whom the responses go back to. */
  readonly #asker: Flow
  readonly #beginsCall: boolean
  readonly #server: ServerTransaction
  readonly #responses: ResponseContext<Place, Leg>
  #job: Job | undefined
  /** Why the caller gave up, in his words. */
  #cancelReason: string | undefined
  /** Where the response that is being judged came from. */
  #lastFlow: Flow | undefined
  /** Kept where calls are counted. */
  #lastResponse: SipResponse | undefined
  /** The call's place in the bounds of the policy. */
  readonly #held: HeldCall | undefined

  constructor(
    env: ForwardingEnvironment,
    context: RequestContext,
    plan: ForwardPlan,
    server: ServerTransaction,
  ) {
    this.#env = env
    this.#asker = context.flow
    this.#beginsCall = context.request.method === 'INVITE' && context.inDialog === undefined
    this.#server = server
    this.#held = context.held
    this.#job = {
      context,
      plan,
      incoming: env.outbox.sideOf(context.flow),
      loop: loopPartOfRequest(env.branchKeys, context.request),
    }
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

  /** @param reason value of the Reason field of the caller's CANCEL (RFC 3326) */
  onCancel(reason?: string): void {
    this.#cancelReason = reason
    this.#responses.onCancel()
  }

  // What the context asks for.

  startBranch(branch: Branch<Place, Leg>): 'sent' | 'locating' {
    const context = this.#job?.context
    if (context === undefined) return 'sent'
    const leg = this.#legOf(branch)
    const { place } = branch
    const nextHop = planNextHop(context.route, place)
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
    const located = this.#env.locate(nextHop.value, place, context.request.text.length)
    const allowed = (hops: readonly Hop[]) =>
      allowedHops(this.#env, context, place, nextHop.value.locate, hops)
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

  tryNextAddress(branch: Branch<Place, Leg>): boolean {
    return this.#sendNext(this.#legOf(branch))
  }

  cancelBranch(branch: Branch<Place, Leg>): void {
    const { client } = this.#legOf(branch)
    if (client !== undefined)
      this.#env.layer.cancel(client, this.#cancelReason ?? reasonOfEnd(this.#responses.finalStatus))
  }

  setTimerC(branch: Branch<Place, Leg>): void {
    const leg = this.#legOf(branch)
    const { deadlines, nowMs, timerCMs } = this.#env
    deadlines.cancel(leg.timerC)
    leg.timerC = deadlines.set(nowMs(), timerCMs, leg)
  }

  stopTimerC(branch: Branch<Place, Leg>): void {
    this.#env.deadlines.cancel(this.#legOf(branch).timerC)
  }

  forwardResponse(response: SipResponse, edits: ResponseEdits): void {
    const { identity } = this.#env
    const context = this.#job?.context
    const signed =
      identity === undefined || context === undefined ? undefined : identity.back(context, response)
    const text = passedBack(
      this.#env,
      this.#asker,
      this.#lastFlow,
      response,
      signed === undefined ? edits : { ...edits, ...signed },
    )
    const status = edits.status ?? response.status
    this.#env.layer.respond(this.#server, text, status)
    if (status >= 200 && context !== undefined) this.#env.passedBack(status, context)
  }

  respond(status: OwnStatus): void {
    if (this.#job !== undefined) this.#env.reply(this.#job.context, this.#server, status)
  }

  ended(): void {
    if (this.#job !== undefined) {
      const { request, inDialog } = this.#job.context
      if (request.method === 'BYE' && inDialog !== undefined)
        toldEnd(this.#env, request, inDialog, this.#responses.finalStatus)
      if (inDialog !== undefined)
        this.#env.answeredInDialog?.(this.#job.context, this.#responses.finalStatus, this.#lastResponse)
      this.#held?.over()
    }
    this.#job = undefined
    this.#env.ended(this.#server)
  }

  // What happened.

  onResponse(leg: Leg, client: ClientTransaction, response: SipResponse, flow: Flow): void {
    if (client !== leg.client && response.status >= 300) return
    this.#lastFlow = flow
    if (this.#env.neighbourControl !== undefined && isNeighbour(leg.branch.place))
      this.#env.neighbourControl.learn(response.topVia, flow.remote)
    if (this.#env.answeredInDialog !== undefined) this.#lastResponse = response
    if (this.#begins(response) && leg.dialogToken !== undefined) {
      this.#held?.answered(leg.dialogToken, response)
      this.#env.callBegan(leg.dialogToken, this.#job?.context, response.to.tag)
    }
    this.#responses.onResponse(leg.branch, response)
    if (this.#job === undefined) this.#leave(client)
  }

  /** All has ended: the transaction that still waits for 2xx must not keep everything else alive. */
  #leave(client: ClientTransaction): void {
    const { finalStatus = 0 } = this.#responses
    if (finalStatus < 300) this.#env.layer.finish(client, this.#server)
  }

  onFailure(leg: Leg, failure: BranchFailure): void {
    this.#responses.onFailure(leg.branch, failure)
  }

  onTimerC(leg: Leg): void {
    this.#responses.onTimerC(leg.branch)
  }

  #legOf(branch: Branch<Place, Leg>): Leg {
    branch.kept ??= new Leg(this, branch)
    return branch.kept
  }

  #located(leg: Leg, hops: readonly Hop[]): 'sent' {
    leg.hops = hops
    if (!this.#sendNext(leg)) this.#responses.onFailure(leg.branch, 'transport-error')
    return 'sent'
  }

  /** Sends to the next hop that can be sent to; false when none is left. */
  #sendNext(leg: Leg): boolean {
    const job = this.#job
    if (job === undefined) return false
    while (leg.hops.length > 0) {
      const [hop] = leg.hops
      const others = leg.hops.slice(1)
      leg.hops = others
      if (hop === undefined) break
      if (this.#env.outbox.isSelf(hop)) continue
      if (this.#env.neighbourControl?.holdsBack(job.context.request, hop) === true) continue
      const request = this.#write(job, leg, hop)
      if (request === undefined) continue
      if (hop.transport === 'udp' && isTooLarge(request.text) && !leg.isOverTcp) {
        // RFC 3261 §18.1.1: TCP first, and UDP again when nobody listens there.
        leg.isOverTcp = true
        const { ip, port, host } = hop
        leg.hops = [{ transport: 'tcp', ip, port, host }, hop, ...others]
        continue
      }
      const client = this.#env.layer.createClient({
        text: request.text,
        method: job.context.request.method,
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
    return this.#beginsCall && response.status >= 200 && response.status < 300
  }

  #write(job: Job, leg: Leg, hop: Hop): BranchText | undefined {
    const outgoing = this.#env.outbox.sideFor(hop)
    if (outgoing === undefined || leg.nextHop === undefined) return undefined
    return writeBranch(this.#env, job.context, job.plan, {
      nextHop: leg.nextHop,
      place: leg.branch.place,
      hop,
      incoming: job.incoming,
      outgoing,
      breadth: leg.branch.breadth,
      loop: job.loop,
    })
  }
}

/**
 * What a request needs until all its branches ended. Then it is let go: its transactions wait half a minute longer for
 * retransmissions, and what they hold is what the collector copies (a tenth of the time of a call).
 */
interface Job {
  readonly context: RequestContext
  readonly plan: ForwardPlan
  readonly incoming: OwnSide
  readonly loop: string
}

/** A BYE that was refused ends nothing; of whom a callee does not know, only the dialog that began is over (RFC 3261 §15.1.1). */
function toldEnd(
  env: ForwardingEnvironment,
  request: SipRequest,
  { token, from }: InDialog,
  status: number | undefined,
): void {
  if (endsCall(request, status)) env.callEnded(token, from === 'caller' ? request.to.tag : request.from.tag)
}

/** A flow that a place names must be as secure as the place demands (RFC 5630 §5.3). */
function fits(hop: Hop, nextHop: NextHop, place: Place): boolean {
  if (!nextHop.isSecureOnly && !place.needsTls) return true
  return hop.transport === 'tls' || hop.transport === 'wss'
}

/** Tells a phone that a call was taken elsewhere, so that it does not count as missed (RFC 3326 §3.1). */
function reasonOfEnd(status: number | undefined): string | undefined {
  return status === undefined || status >= 300
    ? undefined
    : `SIP;cause=${status};text="Call completed elsewhere"`
}

function isTooLarge(text: string): boolean {
  return text.length > LIMITS.maxUdpRequestBytes
}
