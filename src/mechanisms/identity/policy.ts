import type { LookUpCredential } from './credential.ts'
import type { NumberRules } from './party.ts'
import type { ReplayCheck } from './replay.ts'
import type { OwnsNumber } from './tn-auth-list.ts'

/** How a verification service judges. */
export interface VerificationPolicy {
  /** Freshness of Date and iat into the past and the future (RFC 8224 §6.2 step 4), seconds; default 60. */
  readonly maxAgeSeconds: number
  /**
   * Age of the tokens below the outermost of a diverted call (RFC 8946 §4.2 step 4), seconds; default 240: so long a
   * call may ring before it is forwarded (RFC 3261 §16.6 step 11), and be fresh when it was made.
   */
  readonly maxDivertedAgeSeconds: number
  readonly numbers: NumberRules
  /** Numbers of a service provider code; default: every number, as in SHAKEN. */
  readonly ownsNumber: OwnsNumber
  /** Takes iat as a JSON string too, as old signers wrote it (V-3); default false. */
  readonly allowsStringIat: boolean
}

/** What verification needs beside the message. */
export interface VerificationWorld {
  readonly policy: VerificationPolicy
  readonly lookUp: LookUpCredential
  /** Undefined: tokens that were used before are not looked for. */
  readonly replay: ReplayCheck | undefined
  readonly nowMs: number
}

/** A policy with the defaults where nothing is said. */
export function verificationPolicy(settings: Partial<VerificationPolicy> = {}): VerificationPolicy {
  return {
    maxAgeSeconds: 60,
    maxDivertedAgeSeconds: 240,
    numbers: {},
    ownsNumber: () => true,
    allowsStringIat: false,
    ...settings,
  }
}
