import type { KeyObject } from 'node:crypto'
import { failed, ok, type Result } from '../../base/result.ts'
import type { ClaimConstraints } from './claim-constraints.ts'
import type { IdentityFailure } from './failure.ts'
import type { Party } from './party.ts'
import {
  coversNumber,
  encompasses,
  type OwnsNumber,
  readTnAuthList,
  type TnAuthList,
} from './tn-auth-list.ts'

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
  /** Lists of the authorities above it, which limit its own. */
  readonly parentNumbers: readonly TnAuthList[]
  /** URLs of lists that the certificate gives by reference (RFC 8226 §10.1), not fetched here: `withNumberList`. */
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

/**
 * The credential with a list that its certificate named by URL, as if it had stood in it (RFC 9060 §4.1).
 * @param der what was fetched, `application/tnauthlist`
 */
export function withNumberList(credential: Credential, der: Buffer): Result<Credential, IdentityFailure> {
  const list = readTnAuthList(der)
  if (!list.ok) return list
  const isWithin = credential.parentNumbers.every(parent => encompasses(parent, list.value))
  return isWithin
    ? ok({ ...credential, numbers: [...(credential.numbers ?? []), ...list.value] })
    : failed('certificate-scope-exceeds-parent')
}

/**
 * Whether a credential may speak for somebody: a number by its list and those above it, a name by its domain.
 * @see RFC 8226 §9, RFC 9060 §4, RFC 8224 §8.4 (STC-02, STC-05, STC-06)
 */
export function checkAuthority(
  credential: Credential,
  party: Party,
  ownsNumber: OwnsNumber,
): IdentityFailure | undefined {
  if (party.kind === 'uri') {
    const host = party.value.slice(party.value.lastIndexOf('@') + 1)
    return credential.domains.includes(host) ? undefined : 'uri-not-authorised'
  }
  const { numbers, parentNumbers } = credential
  const isCovered =
    numbers !== undefined &&
    coversNumber(numbers, party.value, ownsNumber) &&
    parentNumbers.every(parent => coversNumber(parent, party.value, ownsNumber))
  return isCovered ? undefined : 'number-not-authorised'
}
