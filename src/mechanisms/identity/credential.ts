import type { KeyObject } from 'node:crypto'
import type { ClaimConstraints } from './claim-constraints.ts'
import type { IdentityFailure } from './failure.ts'
import type { TnAuthList } from './tn-auth-list.ts'

/** The verdict on a certificate chain: what may be signed with this key. Costly to make, good for many tokens. */
export interface Credential {
  readonly key: KeyObject
  /** SHA-256 of the signer's certificate, hexadecimal: tells two signers apart. */
  readonly fingerprint: string
  /** Latest begin and earliest end of the whole chain. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** RFC 8226 §9; undefined when the certificate lists no numbers. */
  readonly numbers: TnAuthList | undefined
  /** URLs of lists that the certificate gives by reference (RFC 8226 §10.1), not fetched here. */
  readonly numberListUrls: readonly string[]
  readonly constraints: ClaimConstraints | undefined
  /** Domains that the certificate names (RFC 5922 §7.1), lower case. */
  readonly domains: readonly string[]
  /** Subject, for people. */
  readonly subject: string
}

/** What the caller holds for an `x5u`. */
export type CredentialAnswer =
  | { readonly kind: 'credential'; readonly credential: Credential }
  | { readonly kind: 'failure'; readonly failure: IdentityFailure }
  /** Not in the cache: fetch, judge with `judgeChain`, ask again. */
  | { readonly kind: 'needs-fetch' }

/** Answers from a cache, at once. @param x5u exactly as in the token, an https URL */
export type LookUpCredential = (x5u: string) => CredentialAnswer
