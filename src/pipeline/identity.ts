import type { Flow } from '../base/flow.ts'
import type { Result } from '../base/result.ts'
import type {
  IdentityDecision,
  SignedIdentity,
  SigningRefusal,
  Verification,
} from '../mechanisms/identity/index.ts'
import type { SipRequest } from '../sip/message/message.ts'
import type { RequestContext } from './stage.ts'

/**
 * What is done with Identity header fields: nothing, judged and told, refused when bad, or demanded.
 * @see RFC 8224 §6.2.2
 */
export type IdentityMode = 'off' | 'report' | 'ask' | 'demand'

/** Full, partial and gateway attestation (ATIS-1000074). */
export type Attest = 'A' | 'B' | 'C'

/** Signed identity as it is plugged in. */
export interface IdentityPort {
  /** For a request that comes by this flow and is for that domain of ours. */
  modeOf(flow: Flow, domain: string): IdentityMode
  verify(context: RequestContext): Verification
  /** Fetches and judges certificates; never rejects. */
  fetch(x5us: readonly string[], wallMs: number): Promise<void>
  /** In a dialog, whether who signed is the party that signed before, as far as that is remembered (RFC 9970 §6). */
  isSameSigner(context: RequestContext, decision: IdentityDecision): boolean
  /** Whether that party of the dialog is known to sign: then it signs its further requests too. */
  signsInDialog(context: RequestContext): boolean
  /** Counts and logs what came out. */
  note(context: RequestContext, judged: Judged): void
  /** Absent: nothing is signed. */
  readonly signing: SigningPort | undefined
}

/** What we sign with. */
export interface SigningPort {
  /** @returns `not-covered` when our certificate does not speak for the caller (STA-01) */
  sign(
    request: SipRequest,
    attest: Attest,
    group: string,
    wallMs: number,
  ): Result<SignedIdentity, SigningRefusal | 'not-covered'>
  /** What we vouch for when a request of a trunk goes on; undefined: nothing. */
  attestOf(trunk: string): Attest | undefined
  /** Whether we signed the answer of that party of the dialog, who was called by the name that he bears. */
  hasAnsweredFor(context: RequestContext): boolean
  noteUnsigned(context: RequestContext, why: string): void
}

/** What became of the identity of a request, for logs, metrics, and what the callee is told. */
export interface Judged {
  readonly decision: IdentityDecision | undefined
  /** The status that it is refused with; 200 when it goes on. */
  readonly status: number
  /** Name of the reason, kebab-case. */
  readonly why: string
}

/** What is known of the caller's identity when the request goes on. */
export interface IdentityOutcome {
  /** A valid token said who calls. */
  readonly isValid: boolean
  readonly decision: IdentityDecision | undefined
  /** To be told upstream, since the request goes on in spite of it (RFC 9410); told once. */
  reasons: readonly string[]
  /** Who was reached, signed for the responses, and when (wall clock). */
  answered: { readonly signed: SignedIdentity; readonly atMs: number } | undefined
}
