import type { Attestation, Claims, PassportType } from './claims.ts'
import type { Credential, LookUpCredential } from './credential.ts'
import type { IdentityFailure, IdentityStatus } from './failure.ts'
import type { NumberRules, Party } from './party.ts'
import type { OwnsNumber } from './tn-auth-list.ts'

/** How a verification service of ours judges; `verificationPolicy` fills in the defaults. */
export interface VerificationPolicy {
  /** Freshness of Date and iat into the past and the future (RFC 8224 §6.2 step 4), seconds; default 60. */
  readonly maxAgeSeconds: number
  /** Age of the innermost token of a diverted call (RFC 8946 §4.2), seconds; default 60. */
  readonly maxInnermostAgeSeconds: number
  readonly numbers: NumberRules
  /** Numbers of a service provider code; default: every number, as in SHAKEN. */
  readonly ownsNumber: OwnsNumber
  /** Takes iat as a JSON string too, as old signers wrote it (V-3); default false. */
  readonly allowsStringIat: boolean
}

/** The outcome for one Identity header field. */
export interface IdentityResult {
  /** Undefined: valid. */
  readonly failure: IdentityFailure | undefined
  readonly ppt: string
  /** Compact form for Reason's `ppi` (RFC 9410 §5), `..` and the signature; '' when there is none. */
  readonly ppi: string
  readonly x5u: string
  readonly claims: Claims | undefined
  readonly credential: Credential | undefined
}

/** What a request's Identity header fields are worth together. */
export interface IdentityDecision {
  readonly kind: 'decided'
  /** At least one is valid (RFC 8224 §6.2.1). */
  readonly isValid: boolean
  /** What to refuse with where a valid identity is demanded; 200 when it is valid. */
  readonly status: 200 | IdentityStatus
  readonly phrase: string
  /** The failure that decided, for logs; undefined when valid or when there was no header field. */
  readonly failure: IdentityFailure | undefined
  /** Values of Reason header fields for a call that goes on in spite of failures (RFC 9410 §4-6). */
  readonly reasons: readonly string[]
  /** Of the valid token; a diverted call's is that of its innermost token. */
  readonly attestation: Attestation | undefined
  readonly origid: string | undefined
  /** The caller, from the signalling, that was proven; undefined when none was. */
  readonly caller: Party | undefined
  /** The parties through which the call was diverted, first diversion first. */
  readonly diversions: readonly Party[]
  readonly richCallData: RichCallData | undefined
  /** The token that the decision rests on. */
  readonly passport: IdentityResult | undefined
  /** One for each Identity header field, in their order. */
  readonly results: readonly IdentityResult[]
}

/** Certificates have to be fetched before anything can be said. */
export interface NeedsFetch {
  readonly kind: 'needs-fetch'
  /** Each once; only those of tokens that fit the request in all that can be told without a key. */
  readonly x5us: readonly string[]
}

export type Verification = IdentityDecision | NeedsFetch

/** What may be shown of the caller (RFC 9795); nothing in it was fetched. */
export interface RichCallData {
  readonly name: string
  readonly number: string | undefined
  readonly reason: string | undefined
  readonly iconUrl: string | undefined
  readonly jcardUrl: string | undefined
}

/** Needed beside the message to verify it. */
export interface VerificationWorld {
  readonly policy: VerificationPolicy
  readonly lookUp: LookUpCredential
  /** Notes the use of a valid token; undefined: replay is not looked for. */
  readonly replay: ReplayCheck | undefined
  readonly nowMs: number
}

/** `ReplayMemory`. */
export interface ReplayCheck {
  /** @returns undefined when the token is new, or known from this very call */
  use(signature: Buffer, callId: string, iat: number, nowMs: number): IdentityFailure | undefined
}

export type { PassportType }
