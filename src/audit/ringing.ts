import type { Agent, Answer } from './agent.ts'
import { type Party, routesOf } from './call.ts'
import { Heard } from './heard.ts'
import { type Saying, sdp, token } from './saying.ts'
import { soon } from './soon.ts'

/** The INVITE comes to its callee within that time, or there is no call. */
const COMING_MS = 2_000

/** No attack leaves a call ringing longer. */
const RINGING_MS = 10_000

/** A call that rings: its callee has the INVITE and did not answer yet. */
export interface Ringing {
  readonly caller: Agent
  readonly callee: Agent
  /** What the INVITE says, without the proof. */
  readonly asked: Saying
  /** The INVITE as the caller sent it last. */
  readonly sent: string
  /** The same as it came to the callee. */
  readonly invite: Heard
  /** Of the callee. */
  readonly toTag: string
  /** What the caller gets in the end; acknowledged when it is a refusal. */
  readonly answer: Promise<Answer>
}

/** A ringing call, or what was missing. */
export type Rung = { readonly ringing: Ringing } | { readonly problem: string }

/** Calls through the target; the callee rings. The attack must have somebody answer before it ends. */
export async function ringThrough(caller: Agent, callee: Agent, more: Partial<Saying> = {}): Promise<Rung> {
  const body = sdp(caller.line.local.ip)
  const start = { callId: token(), fromTag: token(), cseq: 1 }
  const asked = { method: 'INVITE', uri: callee.aor, body, ...start, ...more }
  const coming = callee.request('INVITE', COMING_MS)
  let sent = caller.text(asked)
  let answer = caller.ask(sent, RINGING_MS)
  const first = await Promise.race([coming, answer])
  if (first !== undefined && !(first instanceof Heard)) {
    const challenge = first.status === 401 || first.status === 407 ? first.final : undefined
    const proof = challenge === undefined ? undefined : caller.proof(challenge, asked)
    if (proof === undefined)
      return { problem: `an INVITE between two users got ${first.final?.startLine ?? 'no answer'}` }
    sent = caller.text({ ...asked, cseq: asked.cseq + 1, lines: [...(asked.lines ?? []), proof] })
    answer = caller.ask(sent, RINGING_MS)
  }
  const invite = await coming
  if (invite === undefined) return { problem: 'an INVITE between two users never reached its callee' }
  const toTag = token()
  callee.respond(invite, 180, { toTag })
  return { ringing: { caller, callee, asked, sent, invite, toTag, answer } }
}

/** The callee says busy; what the caller gets. */
export function decline({ callee, invite, toTag, answer }: Ringing): Promise<Answer> {
  callee.respond(invite, 486, { toTag, contact: false })
  return answer
}

/** The caller's side of the dialog that a response of the callee began (RFC 3261 §12.1.2). */
export function dialogBy({ caller, asked }: Pick<Ringing, 'caller' | 'asked'>, response: Heard): Party {
  return {
    agent: caller,
    callId: asked.callId ?? '',
    localUri: caller.aor,
    localTag: asked.fromTag ?? '',
    remoteUri: asked.uri,
    remoteTag: response.parameter('To', 'tag'),
    remoteTarget: response.uri('Contact'),
    routes: routesOf(response).reverse(),
    cseq: response.cseq.number,
  }
}

/** The provisional response that the caller got of the callee; it comes shortly after the call rings. */
export async function ringingAt({ caller, asked }: Ringing, withinMs: number): Promise<Heard | undefined> {
  const find = (): Heard | undefined =>
    caller.line.heard.find(heard => heard.callId === asked.callId && heard.status > 100 && heard.status < 200)
  await soon(() => find() !== undefined, withinMs)
  return find()
}
