import type { KeyObject } from 'node:crypto'
import type { Attestation, MediaKey, PassportType } from './claims.ts'
import type { JsonObject } from './json.ts'
import type { NumberRules, Party } from './party.ts'

/** A key of ours, made once by `signingKey` and used for many calls. */
export interface SigningKey {
  readonly key: KeyObject
  /** Where others fetch the certificate chain. */
  readonly x5u: string
  /** Validity of the certificate (RFC 8224 §6.1 step 3). */
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** How a request is to be signed. */
export interface SigningOrder {
  readonly ppt: PassportType
  /** Compact only for the base type (RFC 8224 §4.1.1); default full. */
  readonly form?: 'full' | 'compact'
  /** Demanded for shaken, as is origid (a UUID). */
  readonly attest?: Attestation
  readonly origid?: string
  /** The caller where it is not that of From: an asserted identity. */
  readonly orig?: Party
  readonly rcd?: JsonObject
  readonly rcdi?: JsonObject
  readonly crn?: string
  readonly numbers: NumberRules
}

/** Why nothing was signed. */
export type SigningRefusal =
  /** From has no identity that can be signed: no SIP user, or `anonymous.invalid` (STA-13). */
  | 'caller-not-signable'
  /** To has no identity that can be signed. */
  | 'callee-not-signable'
  /** Date is there and cannot be read. */
  | 'date-malformed'
  /** Date is more than 60 s from now: 403 Stale Date is the answer (STA-02). */
  | 'date-off'
  /** Now or Date is outside our certificate's validity. */
  | 'key-not-valid'
  /** The order contradicts itself: compact with claims, shaken without attest, rsp in a request, rcdi without rcd. */
  | 'order-impossible'
  /** div: there is no Identity header field that could be diverted (RFC 8946 §4.1). */
  | 'nothing-to-divert'
  /** div: the canonical destination did not change (RFC 8946 §3). */
  | 'destination-unchanged'

export interface SignedIdentity {
  /** Value of the Identity header field. */
  readonly identity: string
  /** Value of the Date header field to add; undefined when the message has one. */
  readonly date: string | undefined
  readonly orig: Party
  readonly dest: readonly Party[]
  readonly mky: readonly MediaKey[]
}
