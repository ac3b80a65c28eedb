import type { Flow } from '../base/flow.ts'
import type { SignedIdentity } from '../mechanisms/identity/index.ts'
import type { Attestation, PolicyDecision } from '../mechanisms/policy/index.ts'
import type { SipRequest } from '../sip/message/message.ts'
import type { Field } from '../sip/message/write.ts'
import type { TargetPlace } from '../sip/proxy/next-hop.ts'
import type { Target } from '../sip/proxy/response-context.ts'
import type { RouteInfo } from '../sip/proxy/route.ts'
import type { IdentityOutcome } from './identity.ts'
import type { HeldCall, Ports } from './ports.ts'
import type { Authenticated } from './stages/authenticate.ts'
import type { Authorized } from './stages/authorize.ts'
import type { InDialog } from './stages/in-dialog-proof.ts'

/** What a stage decides about a request. */
export type Verdict = Next | Reply | Drop | Forward | Absorb | Later

/** Go on to the following stage. */
export interface Next {
  readonly kind: 'next'
}

/** Answer and stop. */
export interface Reply {
  readonly kind: 'reply'
  readonly status: number
  /** Name of the reason, kebab-case: logs, metrics and detectors know it by this. */
  readonly why: string
  readonly headers?: readonly Field[]
  readonly reason?: string
  /** Answered without a transaction: a challenge, or a refusal that must cost nothing (DOS-01). */
  readonly isStateless?: boolean
}

/** Say nothing and stop. */
export interface Drop {
  readonly kind: 'drop'
  readonly why: string
}

/** Hand the request to the proxy with its targets. */
export interface Forward {
  readonly kind: 'forward'
  readonly plan: ForwardPlan
}

/** Somebody else answers it now (a delayed refusal). */
export interface Absorb {
  readonly kind: 'absorb'
}

/** Somebody may have to be asked, who calls back: what a promise says, without one. */
export interface Later {
  readonly kind: 'later'
  /** @param act called once with the verdict, which is not `next` */
  whenDecided(act: (verdict: Verdict) => void): void
}

/** One place that a request may be sent to. */
export interface Place extends TargetPlace {
  /** Key of the flow to prefer while it is open; '' when Path or Request-URI tell the next hop. */
  readonly flowKey: string
  /** When that flow is gone the place has failed: the URI itself is not dialled. */
  readonly isFlowOnly: boolean
  /** RFC 5630 §5.3: the next hop must be reached over TLS. */
  readonly needsTls: boolean
  /** It stands in the location service, or in our configuration: the sender did not choose it. */
  readonly isRegistered: boolean
  /** Where in-dialog requests of the far side may come from. */
  readonly peer: Peer
}

/** The far side: a user at the flow that we send to, anybody outside, or a neighbour. */
export type Peer = 'user' | 'outside' | `trunk:${string}`

/** What the proxy needs to forward: the proof, and targets in rounds (parallel inside, serial outside). */
export interface ForwardPlan {
  readonly authorized: Authorized
  readonly rounds: readonly (readonly Target<Place>[])[]
  /** Whether the targets are bindings of ours. */
  readonly isOwnDomain: boolean
}

/** A request on its way through the stages, with what they found out. */
export interface RequestContext {
  readonly request: SipRequest
  readonly flow: Flow
  /** Monotonic, ms. */
  readonly nowMs: number
  /** Wall clock, ms since 1970. */
  readonly wallMs: number
  readonly ports: Ports
  /** The way after route preprocessing (RFC 3261 §16.4): set by the stage `domain`. */
  route: RouteInfo
  /** What the request is for. */
  scope: Scope
  /** Served domain that the request is for or from. */
  domain: string
  /** Served domain whose users are asked for their password: the caller's own, of a REGISTER the one that it is for. */
  realm: string
  inDialog: InDialog | undefined
  caller: Authenticated | undefined
  authorized: Authorized | undefined
  /** What the verification service found; undefined: it was not asked, or there was nothing to judge. */
  identity: IdentityOutcome | undefined
  /** What the authentication service signed. */
  signed: SignedIdentity | undefined
  /** Target set: set by the stage `locate`. */
  rounds: ForwardPlan['rounds']
  /** What the policy said, where it was asked. */
  decision: PolicyDecision | undefined
  /** The call's place in the bounds of the policy: set by the stage `call-limits`. */
  held: HeldCall | undefined
  /** How the caller was signed for, where that was verified before `authorize`. */
  attestation: Attestation | undefined
  /** Rule decided that it leaves by this trunk. */
  viaTrunk: string | undefined
  /** Whether it was here before in another shape (RFC 5393). */
  isSpiral: boolean
  /** Put on the final answer (RFC 7616 §3.5). */
  authenticationInfo: string | undefined
}

/** registrar: REGISTER of a served domain · server: ourselves · own: a user of a served domain · foreign: elsewhere. */
export type Scope = 'registrar' | 'server' | 'own' | 'foreign'

/** One named check of the printed list. */
export interface Stage {
  readonly name: string
  readonly rfc: string
  /** Ids of `src/threats/` that it answers. */
  readonly meets: readonly string[]
  /** Returns a promise only when somebody had to be asked. */
  run(context: RequestContext): Verdict | Promise<Verdict>
}

/** The verdict of a stage that has nothing against the request. */
export const next: Next = { kind: 'next' }

/** Answer with a status. @param why kebab-case name of the reason */
export function reply(status: number, why: string, headers?: readonly Field[]): Reply {
  return headers === undefined ? { kind: 'reply', status, why } : { kind: 'reply', status, why, headers }
}

/** Answer without keeping anything. */
export function replyStateless(status: number, why: string, headers?: readonly Field[]): Reply {
  return headers === undefined
    ? { kind: 'reply', status, why, isStateless: true }
    : { kind: 'reply', status, why, headers, isStateless: true }
}

/** Silence. */
export function drop(why: string): Drop {
  return { kind: 'drop', why }
}
