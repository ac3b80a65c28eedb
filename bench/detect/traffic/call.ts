import { bracketed } from '../../../src/base/flow.ts'
import { answeredVia, CARRIER, EDGE, type Edge, placeOf, type Sender, userOf } from './edge.ts'
import type { Phone, Steps } from './phone.ts'
import { type Request, sdpOf, viaOf, writeRequest, writeResponse } from './sip.ts'
import { transactionKey } from './wire.ts'

/** How a call goes. */
export interface Plan {
  readonly outcome: 'answer' | 'busy' | 'decline' | 'no-answer' | 'cancel'
  readonly ringMs: number
  readonly talkMs: number
  readonly isEndedByCallee?: boolean
  readonly isHeld?: boolean
  /** The caller hands the callee over to another. */
  readonly transferTo?: string
  /** The ACK gets lost on its way, or never leaves. */
  readonly hasNoAck?: boolean
  /** Somebody listens: told when it rings, and when it was answered. */
  readonly onRinging?: (leg: Leg) => void
  readonly onAnswered?: (leg: Leg) => void
  readonly wish?: { readonly headers?: readonly (readonly [string, string])[]; readonly body?: string }
}

const CARRIER_SENDER: Sender = {
  at: CARRIER,
  inner: CARRIER,
  transport: 'udp',
  dialect: { agent: '' },
  campaign: undefined,
}

/** What is known of a call that was forwarded. */
export interface Leg {
  readonly invite: Request
  readonly callee: Sender
  readonly calleeTag: string
  readonly branch: string
}

const STATUS = { busy: 486, decline: 603 } as const

/** A call through the edge from its INVITE to its end; gives back the final status, and its dialog. */
export function* placeCall(caller: Phone, uri: string, plan: Plan): Steps<{ status: number; leg?: Leg }> {
  const { edge, random } = caller
  const body = plan.wish?.body ?? sdpOf(caller.inner.ip, 10_000 + 2 * random.below(5000), random.below(1e9))
  const first = caller.request('INVITE', { uri, contact: caller.contact, body, ...plan.wish })
  const { answer, request: invite } = yield* caller.ask(first)
  if (answer.status !== 0) return { status: answer.status }
  const callees = calleesOf(edge, uri)
  const [callee] = callees
  if (callee === undefined) return { status: 480 }
  back(edge, caller, invite, 100, '')
  edge.notePending(invite.branch, caller.at.ip)
  const legs = callees.map(each => ({
    invite,
    callee: { ...placeOf(each), campaign: caller.campaign ?? each.campaign },
    calleeTag: random.hex(8),
    branch: `z9hG4bKedge${random.hex(12)}`,
  }))
  for (const leg of legs) forward(edge, leg, invite, caller)
  yield random.between(40, 200)
  for (const leg of legs) respond(edge, caller, leg, invite, 180)
  const [heard] = legs
  if (heard !== undefined) plan.onRinging?.(heard)
  yield plan.ringMs
  const status = yield* end(caller, legs, plan)
  edge.noteFinal(invite.branch)
  const [leg] = legs
  if (leg === undefined) return { status }
  if (status !== 200) return { status, leg }
  yield* talk(caller, leg, plan)
  return { status, leg }
}

function* end(caller: Phone, legs: readonly Leg[], plan: Plan): Steps<number> {
  const { edge } = caller
  const [winner, ...others] = legs
  if (winner === undefined) return 480
  const { invite } = winner
  if (plan.outcome === 'answer') {
    const body = sdpOf(winner.callee.inner.ip, 20_000 + 2 * caller.random.below(5000), 1)
    respond(edge, caller, winner, invite, 200, body)
    for (const leg of others) yield* cancelLeg(edge, leg)
    const tags = [invite.from.tag ?? '', winner.calleeTag]
    edge.openDialog(invite.callId, [caller.at.ip, winner.callee.at.ip], tags)
    plan.onAnswered?.(winner)
    return 200
  }
  if (plan.outcome === 'cancel' || plan.outcome === 'no-answer') {
    const { uri, branch, callId, cseq, from, to } = invite
    if (plan.outcome === 'cancel') edge.ask(caller, { method: 'CANCEL', uri, branch, callId, cseq, from, to })
    for (const leg of legs) yield* cancelLeg(edge, leg)
    const status = plan.outcome === 'cancel' ? 487 : 408
    back(edge, caller, invite, status, winner.calleeTag)
    yield 30
    edge.ask(caller, caller.ackOf(invite, winner.calleeTag))
    return status
  }
  const status = STATUS[plan.outcome]
  for (const leg of others) yield* cancelLeg(edge, leg)
  respond(edge, caller, winner, invite, status)
  edge.say(winner.callee, ackText(winner))
  yield 30
  edge.ask(caller, caller.ackOf(invite, winner.calleeTag))
  return status
}

/** In the dialog: acknowledged, perhaps held or handed over, and ended. */
function* talk(caller: Phone, leg: Leg, plan: Plan): Steps {
  const { edge, random } = caller
  const { invite } = leg
  yield random.between(20, 80)
  if (plan.hasNoAck === true) {
    for (const waitMs of [500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000]) {
      yield waitMs
      respond(edge, caller, leg, invite, 200, sdpOf(leg.callee.inner.ip, 20_000, 1))
    }
    yield* inDialog(edge, leg.callee, caller, leg, 'BYE', true)
    edge.closeDialog(invite.callId)
    return
  }
  yield* inDialog(edge, caller, leg.callee, leg, 'ACK', false)
  if (plan.isHeld === true) {
    yield plan.talkMs / 3
    yield* inDialog(
      edge,
      caller,
      leg.callee,
      leg,
      'INVITE',
      false,
      sdpOf(caller.inner.ip, 10_000, 2, 'sendonly'),
    )
    yield plan.talkMs / 3
    yield* inDialog(edge, caller, leg.callee, leg, 'INVITE', false, sdpOf(caller.inner.ip, 10_000, 3))
  }
  yield plan.isHeld === true ? plan.talkMs / 3 : plan.talkMs
  if (plan.transferTo !== undefined) {
    const headers = [['Refer-To', `<${plan.transferTo}>`]] as const
    yield* inDialog(edge, caller, leg.callee, leg, 'REFER', false, '', headers)
    yield 500
    yield* inDialog(edge, leg.callee, caller, leg, 'NOTIFY', true, '', [['Event', 'refer']])
  }
  const isByCallee = plan.isEndedByCallee === true
  const [ender, other] = isByCallee ? [leg.callee, caller] : [caller, leg.callee]
  yield* inDialog(edge, ender, other, leg, 'BYE', isByCallee)
  edge.closeDialog(invite.callId)
}

/** A request inside of a call, over the edge, and its 200. */
export function* inDialog(
  edge: Edge,
  from: Sender,
  to: Sender,
  { invite, calleeTag }: Leg,
  method: string,
  isFromCallee: boolean,
  body = '',
  headers: readonly (readonly [string, string])[] = [],
): Steps {
  const caller = { ...invite.from }
  const callee = { ...invite.to, tag: calleeTag }
  const request: Request = {
    method,
    uri: `sip:${userOf(isFromCallee ? invite.from.uri : invite.to.uri)}@${bracketed(to.inner.ip)}:${to.inner.port}`,
    branch: `z9hG4bK${edge.random.hex(12)}`,
    callId: invite.callId,
    cseq: method === 'ACK' ? invite.cseq : invite.cseq + 1 + edge.random.below(50),
    from: isFromCallee ? callee : caller,
    to: isFromCallee ? caller : callee,
    headers: [['Route', routeOf(invite)], ...headers],
    body,
  }
  const { status } = edge.ask(from, request)
  if (status !== 0) return
  const branch = `z9hG4bKedge${edge.random.hex(12)}`
  const vias = [viaOf(to.transport, EDGE, branch), answeredVia(from, request.branch)]
  edge.say(to, writeRequest({ ...request, headers, maxForwards: 69 }, from.dialect, vias))
  if (method === 'ACK') return
  yield edge.random.between(20, 90)
  const answer = body === '' ? '' : sdpOf(to.inner.ip, 20_000, 4)
  edge.hear(to, writeResponse(request, 200, { vias, body: answer }))
  const passed = { request: transactionKey(request.branch, method), status: 200 }
  edge.say(from, writeResponse(request, 200, { vias: vias.slice(1), body: answer }), passed)
  yield edge.random.between(20, 60)
  if (method === 'INVITE') {
    yield* inDialog(
      edge,
      from,
      to,
      { invite: { ...invite, cseq: request.cseq }, calleeTag, callee: to, branch },
      'ACK',
      isFromCallee,
    )
  }
}

function routeOf({ callId }: Request): string {
  return `<sip:t-${callId.slice(0, 12)}@${EDGE.ip};lr>`
}

function calleesOf(edge: Edge, uri: string): readonly Sender[] {
  const account = edge.accounts.get(userOf(uri))
  return account === undefined ? [CARRIER_SENDER] : account.bindings.slice(0, 4)
}

function viasOf({ callee, branch, invite }: Leg, caller: Sender): readonly string[] {
  return [viaOf(callee.transport, EDGE, branch), answeredVia(caller, invite.branch)]
}

function forward(edge: Edge, leg: Leg, invite: Request, caller: Sender): void {
  const { offered: _, ...rest } = invite
  const { inner } = leg.callee
  const uri = `sip:${userOf(invite.uri)}@${bracketed(inner.ip)}:${inner.port}`
  const headers = [['Record-Route', routeOf(invite)] as const, ...(invite.headers ?? [])]
  edge.say(
    leg.callee,
    writeRequest({ ...rest, uri, headers, maxForwards: 69 }, caller.dialect, viasOf(leg, caller)),
  )
}

/** The callee responds, and the edge passes it back. */
export function respond(
  edge: Edge,
  caller: Sender,
  leg: Leg,
  invite: Request,
  status: number,
  body = '',
): void {
  const vias = viasOf(leg, caller)
  const headers: (readonly [string, string])[] = [['Record-Route', routeOf(invite)]]
  if (status < 300)
    headers.push(['Contact', `<sip:${bracketed(leg.callee.inner.ip)}:${leg.callee.inner.port}>`])
  const parts = { toTag: leg.calleeTag, headers, body }
  edge.hear(leg.callee, writeResponse(invite, status, { ...parts, vias }))
  const passed = { request: transactionKey(invite.branch, 'INVITE'), status }
  const text = writeResponse(invite, status, { ...parts, vias: vias.slice(1) })
  edge.say(caller, text, status < 200 ? undefined : passed)
}

function back(edge: Edge, caller: Sender, invite: Request, status: number, toTag: string): void {
  const parts = { vias: [answeredVia(caller, invite.branch)], ...(toTag === '' ? {} : { toTag }) }
  const passed = { request: transactionKey(invite.branch, 'INVITE'), status }
  edge.say(caller, writeResponse(invite, status, parts), status < 200 ? undefined : passed)
}

function* cancelLeg(edge: Edge, leg: Leg): Steps {
  const { invite, callee, calleeTag, branch } = leg
  const vias = [viaOf(callee.transport, EDGE, branch)]
  const { uri, callId, cseq, from, to } = invite
  const cancel: Request = { method: 'CANCEL', uri, branch, callId, cseq, from, to }
  edge.say(callee, writeRequest(cancel, { agent: '' }, vias))
  yield 30
  edge.hear(callee, writeResponse(cancel, 200, { vias, toTag: calleeTag }))
  edge.hear(callee, writeResponse(invite, 487, { vias, toTag: calleeTag }))
  edge.say(callee, ackText(leg))
}

function ackText({ invite, callee, calleeTag, branch }: Leg): string {
  const { uri, callId, cseq, from, to } = invite
  const ack: Request = { method: 'ACK', uri, branch, callId, cseq, from, to: { ...to, tag: calleeTag } }
  return writeRequest(ack, { agent: '' }, [viaOf(callee.transport, EDGE, branch)])
}
