import type { Result } from '../../base/result.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import type { Credential } from './credential.ts'
import type { IdentityDecision, Verification, VerificationPolicy, VerificationWorld } from './decision.ts'
import type { IdentityFailure } from './failure.ts'
import type { NumberRules, Party } from './party.ts'
import type { SignedIdentity, SigningKey, SigningOrder, SigningRefusal } from './signing.ts'
import type { TnAuthList } from './tn-auth-list.ts'

/** What this room does, as types of its functions. */
export interface Identity {
  /** @throws AspisError when the key is not P-256, does not fit the certificate, or x5u is not https. */
  signingKey(privateKeyPem: string, chainPem: string, x5u: string): SigningKey
  /** Signs an out-of-dialog or in-dialog request (RFC 8224 §6.1, RFC 9970 §6); pure ES256, some 30 µs. */
  signRequest(
    request: SipRequest,
    order: SigningOrder,
    key: SigningKey,
    nowMs: number,
  ): Result<SignedIdentity, SigningRefusal>
  /**
   * The div tokens for a request that leaves to another destination (RFC 8946 §4.1): one for each chain.
   * @param target canonical form of the new Request-URI
   */
  signDiversion(
    request: SipRequest,
    left: Party,
    target: Party,
    key: SigningKey,
    nowMs: number,
  ): Result<readonly string[], SigningRefusal>
  /** rsp for a 1xx or 2xx of a request that carried an Identity (RFC 9970 §4). @param reached who answers */
  signResponse(
    request: SipRequest,
    reached: Party,
    numbers: NumberRules,
    key: SigningKey,
    nowMs: number,
  ): Result<SignedIdentity, SigningRefusal>
  verificationPolicy(settings?: Partial<VerificationPolicy>): VerificationPolicy
  /** Judges all Identity header fields of a request; `target` default: its Request-URI. */
  verifyRequest(request: SipRequest, world: VerificationWorld, target?: Party): Verification
  /** rsp (and div) of a response to a request that we sent (RFC 9970 §4, §5). */
  verifyResponse(response: SipResponse, request: SipRequest, world: VerificationWorld): Verification
  /** In a dialog, who signed it: keep it by dialog, compare with `sameSigner` (RFC 9970 §6). */
  sameSigner(first: IdentityDecision, later: IdentityDecision): IdentityFailure | undefined
  /** Judges a fetched PEM chain, signer first (RFC 8226, 9060); cache the answer by x5u. */
  judgeChain(pem: string, roots: TrustRoots, nowMs: number): Result<Credential, IdentityFailure>
  /** @throws AspisError when one is no certificate */
  trustRoots(pems: readonly string[]): TrustRoots
  /** Canonical form; undefined when it is neither number nor SIP user. */
  partyOf(uri: unknown, numbers: NumberRules): Party | undefined
  /** DER values for certificates: OIDs 1.3.6.1.5.5.7.1.26, .27, .33. */
  writeTnAuthList(list: TnAuthList): Buffer
  /** Lines for people: each part of a token, and each claim that fails against the message, in words. */
  explain(text: string, nowMs: number): readonly string[]
  /** Takes Reason values for our own tokens off a response (RFC 9410 §7). */
  foreignReasons(reasons: readonly string[], ourPpis: ReadonlySet<string>): readonly string[]
}

/** Authorities that may issue certificates for callers; made by `trustRoots`. */
export interface TrustRoots {
  readonly count: number
}
