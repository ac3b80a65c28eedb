import type { Flow } from '../base/flow.ts'
import type { Result } from '../base/result.ts'
import type { PolicyDecision } from '../mechanisms/policy/index.ts'
import type { SipRequest, SipResponse } from '../sip/message/message.ts'
import type { Field } from '../sip/message/write.ts'
import type { Keyring } from '../sip/proxy/keyed-digest.ts'
import type { RouteFacts } from '../sip/proxy/route.ts'
import type { Binding } from '../sip/registrar/binding.ts'
import type { GruuKeys } from '../sip/registrar/gruu.ts'
import type { Uri } from '../sip/uri/uri.ts'
import type { Caller, UserCaller } from './caller.ts'
import type { IdentityPort } from './identity.ts'
import type { ReferPort } from './refer-port.ts'
import type { Place, RequestContext, Verdict } from './stage.ts'
import type { InDialog } from './stages/in-dialog-proof.ts'

/** A domain that we answer for. */
export interface ServedDomain {
  readonly name: string
  readonly mode: 'proxy' | 'redirect'
}

/** A neighbour known by certificate or address. */
export interface KnownTrunk {
  readonly name: string
  readonly identities: readonly string[]
  /** Whether it may call own users without a rule. */
  readonly reachesOwnUsers: boolean
  /** Its P-Asserted-Identity is believed (RFC 3325). */
  readonly isTrusted: boolean
  /** From domains that it may use: its identities and the domains that it serves. */
  readonly domains: readonly string[]
}

/** What became of the credentials of a request. */
export type CredentialsOutcome =
  | {
      readonly kind: 'accepted'
      readonly caller: UserCaller
      readonly authenticationInfo: string | undefined
    }
  | { readonly kind: 'challenge'; readonly why: string; readonly headers: readonly Field[] }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }
  /** Not looked at: too many wrong answers before (DIG-32). */
  | { readonly kind: 'delayed'; readonly waitMs: number }
  /** Refused, and not told so: an answer would help who guesses. */
  | { readonly kind: 'silent'; readonly why: string }
  /** Nobody who knows the password could be asked. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number; readonly why: string }

/** A call that has its place in the bounds of the policy. */
export interface HeldCall {
  /** @param token proof of the dialog that is up now */
  answered(token: string, response: SipResponse): void
  /** Its INVITE has its final answer; what was not answered by then gives its place back. */
  over(): void
}

/** All that the stages ask the server: look-ups and keyed checks that are plugged in from outside. */
export interface Ports {
  servedDomain(host: string): ServedDomain | undefined
  /** Whether a served domain stands anywhere in a text that could not be parsed. */
  namesServedDomain(text: string): boolean
  /** False when a request, as received, holds neither a served domain nor a Route: it can be for nobody here. */
  mayConcernUs(text: string): boolean
  /** A host and port at which we listen, or that we put into Record-Route and Path. */
  isOurAddress(host: string, port: number | undefined): boolean
  routeFactsOf(flow: Flow): RouteFacts
  readonly firstDomain: string
  readonly isUnservedSilent: boolean
  /** What would have a phone send media to groups or to everybody is passed on. */
  readonly mayMediaStray: boolean
  trunkOf(flow: Flow): KnownTrunk | undefined
  /** Classes under which this source may prove itself in a dialog, the narrowest first. */
  dialogSourcesOf(flow: Flow): readonly string[]
  readonly dialogKeys: Keyring
  /** Whether the other party of a dialog was no phone of ours; absent where calls are neither counted nor charged. */
  leadsBeyond?(request: SipRequest, inDialog: Pick<InDialog, 'from' | 'token'>): boolean
  readonly branchKeys: Keyring
  /** Flow key of a flow name inside a dialog token. */
  flowKeyOfName(name: string): string | undefined
  /** Remembers an INVITE whose credentials were accepted, for its ACK. */
  noteAcceptedInvite(invite: SipRequest, flow: Flow): void
  /** Whether an ACK follows such an INVITE, from the same flow. */
  wasAcceptedInvite(ack: SipRequest, flow: Flow): boolean
  /** @param flow undefined: asked of the method alone */
  needsNoCredentials(method: string, flow: Flow | undefined): boolean
  verifyCredentials(
    context: RequestContext,
    realm: string,
    asProxy: boolean,
  ): CredentialsOutcome | Promise<CredentialsOutcome>
  /** What the policy says of a request to a URI. */
  outward(context: RequestContext, caller: Caller, uri: Uri, isOwnUser: boolean): PolicyDecision
  /** Whether the policy has a word on calls among own users. */
  readonly judgesOwnUsers: boolean
  /** Counts and logs what was decided; the last word is that of whoever embeds the server, who may refuse. */
  decided(
    context: RequestContext,
    caller: Caller,
    decision: PolicyDecision,
  ): PolicyDecision | Promise<PolicyDecision>
  /** Takes the place of a call in every bound that it is in; a verdict when one of them is full. */
  holdCall(context: RequestContext, caller: Caller): Verdict | undefined | Promise<Verdict | undefined>
  userExists(aor: string): boolean
  isRedirected(aor: string): boolean
  /** Whether a flow is that of a phone that is registered for a user. */
  isPhoneOf(aor: string, flow: Flow, wallMs: number): boolean
  bindings(aor: string, wallMs: number): readonly Binding[]
  /** Targets of one request, all rounds of forking together. */
  readonly maxTargets: number
  register(context: RequestContext): Verdict | Promise<Verdict>
  /** The server that a user is served by who is not registered here; absent where nobody knows. `unknown`: ask again. */
  servedElsewhere?(aor: string, uri: Uri): Promise<Place | 'nowhere' | 'unknown'>
  /** A PBX behind us that is for such a user; undefined when there is none. */
  nextHopFor(domain: string, state: 'registered' | 'unregistered' | 'unknown', uri: Uri): Place | undefined
  trunkPlace(trunk: string, uri: Uri): Place | undefined
  readonly gruuKeys: GruuKeys
  /** Flow named by a token of ours in a Route (RFC 5626 §5.3), or the status to answer with. */
  flowKeyOfToken(token: string, wallMs: number): Result<string, 403 | 430>
  /** REFER, Referred-By and Replaces. */
  readonly refer: ReferPort
  /** Signed identity; undefined: Identity header fields pass untouched. */
  readonly identity: IdentityPort | undefined
  /** Host that stands in a Warning. */
  readonly agentHost: string
}
