import type { Agent } from './agent.ts'
import type { Heard } from './heard.ts'
import { type Saying, sdp, token } from './saying.ts'

/** One side of a dialog (RFC 3261 §12). */
export interface Party {
  readonly agent: Agent
  readonly callId: string
  readonly localUri: string
  readonly localTag: string
  readonly remoteUri: string
  readonly remoteTag: string
  readonly remoteTarget: string
  /** Values of Route, nearest first. */
  readonly routes: readonly string[]
  /** Of the last request of this side. */
  cseq: number
}

/** A call that stands, as both sides see it. */
export interface Call {
  readonly caller: Party
  readonly callee: Party
  /** As it came to the callee. */
  readonly invite: Heard
  /** The 200 as it came to the caller. */
  readonly accepted: Heard
}

/** A call as far as it got: whole, or what was missing. */
export type Calling = { readonly call: Call } | { readonly problem: string }

/** Calls through the target from one user of ours to another, with proof where it is asked for. */
export async function callThrough(
  caller: Agent,
  callee: Agent,
  more: Partial<Saying> = {},
): Promise<Calling> {
  const callId = token()
  const fromTag = token()
  const body = sdp(caller.line.local.ip)
  const asked: Saying = { method: 'INVITE', uri: callee.aor, callId, fromTag, body, ...more }
  const toTag = token()
  const [answer, invite] = await Promise.all([caller.askProved(asked), accept(callee, toTag)])
  if (answer.final === undefined) return { problem: 'an INVITE between two users got no final response' }
  if (answer.status !== 200) return { problem: `an INVITE between two users got ${answer.final.startLine}` }
  if (invite === undefined) return { problem: 'an INVITE was accepted that its callee never saw' }
  const accepted = answer.final
  const callerParty: Party = {
    agent: caller,
    callId,
    localUri: caller.aor,
    localTag: fromTag,
    remoteUri: callee.aor,
    remoteTag: accepted.parameter('To', 'tag'),
    remoteTarget: accepted.uri('Contact'),
    routes: routesOf(accepted).reverse(),
    cseq: accepted.cseq.number,
  }
  caller.line.send(caller.text({ ...within(callerParty, 'ACK'), cseq: callerParty.cseq }))
  const ack = await callee.line.next(heard => heard.method === 'ACK' && heard.callId === invite.callId, 2_000)
  if (ack === undefined) return { problem: 'the ACK of a call between two users never reached its callee' }
  const calleeParty: Party = {
    agent: callee,
    callId: invite.callId,
    localUri: invite.uri('To'),
    localTag: toTag,
    remoteUri: invite.uri('From'),
    remoteTag: invite.parameter('From', 'tag'),
    remoteTarget: invite.uri('Contact'),
    routes: routesOf(invite),
    cseq: 0,
  }
  return { call: { caller: callerParty, callee: calleeParty, invite, accepted } }
}

async function accept(callee: Agent, toTag: string): Promise<Heard | undefined> {
  // A server between may have given the call an identity of its own: the first INVITE that comes is ours.
  const invite = await callee.line.next(heard => heard.method === 'INVITE', 3_000)
  if (invite === undefined) return undefined
  callee.respond(invite, 180, { toTag })
  callee.respond(invite, 200, { toTag, body: sdp(callee.line.local.ip) })
  return invite
}

/** Values of Record-Route, one each, in their order. */
export function routesOf(heard: Heard): string[] {
  return heard.all('Record-Route').flatMap(row => row.split(/,(?=\s*<)/).map(each => each.trim()))
}

/** A request of that side within its dialog; its CSeq goes up, but for ACK and CANCEL. */
export function within(party: Party, method: string): Saying {
  if (method !== 'ACK' && method !== 'CANCEL') party.cseq++
  return {
    method,
    uri: party.remoteTarget,
    from: party.localUri,
    fromTag: party.localTag,
    to: party.remoteUri,
    ...(party.remoteTag === '' ? {} : { toTag: party.remoteTag }),
    callId: party.callId,
    cseq: party.cseq,
    routes: party.routes,
  }
}

/** Ends a call: BYE of the caller, answered by the callee. Whether it went through. */
export async function hangUp({ caller, callee }: Call): Promise<boolean> {
  const asked = caller.agent.askProved(within(caller, 'BYE'))
  const bye = await callee.agent.line.next(
    heard => heard.method === 'BYE' && heard.callId === callee.callId,
    2_000,
  )
  if (bye !== undefined) callee.agent.respond(bye, 200, { contact: false })
  return (await asked).status === 200
}
