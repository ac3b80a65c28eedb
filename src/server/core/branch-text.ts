import type { Hop } from '../../base/flow.ts'
import { isOwnParty } from '../../pipeline/own-party.ts'
import type { ForwardPlan, Place, RequestContext } from '../../pipeline/stage.ts'
import { writeForwardedRequest } from '../../sip/message/write.ts'
import { assertedFor } from '../../sip/proxy/asserted.ts'
import { makeDialogToken } from '../../sip/proxy/dialog-proof.ts'
import { forward } from '../../sip/proxy/forward.ts'
import { nextMaxForwards } from '../../sip/proxy/hop-limits.ts'
import { makeBranch } from '../../sip/proxy/loop.ts'
import type { NextHop } from '../../sip/proxy/next-hop.ts'
import { OFFER } from '../../sip/proxy/overload-control.ts'
import { ownAnswerRows } from '../../sip/proxy/own-realm.ts'
import type { OwnSide } from '../../sip/proxy/own-side.ts'
import { claimsBetween, type Trust } from '../../sip/proxy/trust.ts'
import { aorOf } from '../../sip/uri/equals.ts'
import { trunkTowards } from './dialog-destination.ts'
import type { ForwardingEnvironment } from './forwarding-environment.ts'

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
  const isReceiverTrusted = env.hasTrustedPeers && isTrusted(env, context, parts.place)
  const from = trustOf(env, context)
  const edits = forward(plan.authorized, request, {
    nextHop: parts.nextHop,
    incoming: parts.incoming,
    outgoing: parts.outgoing,
    branch,
    maxForwards: maxForwards.value,
    breadth: parts.breadth,
    dialogToken: token,
    trust: claimsBetween(request, from, isReceiverTrusted),
    spentCredentialRows: ownAnswerRows(request, env.isOwnRealm),
    pAssertedIdentity: isReceiverTrusted && from === 'user' ? assertedIdentity(context) : undefined,
    identity: env.identity?.on(context, parts.place, parts.nextHop.requestUri),
  })
  const offering =
    env.neighbourControl === undefined || !isNeighbour(parts.place)
      ? edits
      : { ...edits, via: edits.via + OFFER }
  return { text: writeForwardedRequest(request, offering), branch, dialogToken: token }
}

/** A configured one. */
export function isNeighbour({ peer }: Place): boolean {
  return peer.startsWith('trunk:')
}

function dialogToken(env: ForwardingEnvironment, context: RequestContext, parts: BranchParts): string {
  const { request, flow } = context
  const { hop, place } = parts
  return makeDialogToken(env.dialogKeys, env.node, {
    callId: request,
    initialFromTag: request.from.tag ?? '',
    callerAor: aorOf(request.from.uri),
    calleeAor: aorOf(request.to.uri),
    callerSource: env.sourceOf(flow),
    calleeSource: place.peer === 'user' ? env.sourceOfAddress(hop.ip) : place.peer,
    callerFlow: env.flowNames.nameOfFlow(flow),
    calleeFlow:
      hop.flow === undefined ? env.flowNames.nameOf(hop.transport, hop) : env.flowNames.nameOfFlow(hop.flow),
  })
}

/** Whether the far side gets what we assert, inside a dialog too (RFC 5876 §4.2). */
function isTrusted(env: ForwardingEnvironment, context: RequestContext, place: Place): boolean {
  const trunk = trunkTowards(env, context, place)
  return trunk !== undefined && env.isTrustedPeer(`trunk:${trunk}`)
}

/**
 * Who we say sent it: our user, whose From `bind-identity` compared with his addresses, in a dialog the one whose phone
 * the request came from (RFC 3325 §5, RFC 5876 §4.2).
 */
function assertedIdentity(context: RequestContext): readonly string[] | undefined {
  const { caller, request } = context
  if (caller?.caller.kind === 'user') return [assertedFor(request, caller.caller.aors)]
  return isOwnParty(context) ? [assertedFor(request, [])] : undefined
}

function trustOf(env: ForwardingEnvironment, context: RequestContext): Trust {
  if (env.isTrusted(context.flow)) return 'trusted'
  const caller = context.caller?.caller
  return caller?.kind === 'user' || context.inDialog !== undefined ? 'user' : 'stranger'
}
