import type { JsonObject } from './json.ts'
import type { Party } from './party.ts'

/** ATIS-1000074: full, partial and gateway attestation. */
export type Attestation = 'A' | 'B' | 'C'

/** PASSporT types that are signed and verified here; '' is the base type (RFC 8225). */
export type PassportType = '' | 'div' | 'rcd' | 'rsp' | 'shaken'

/** What a PASSporT says (RFC 8225 §4, §5). */
export interface Claims {
  readonly orig: Party
  readonly dest: readonly Party[]
  /** Seconds since 1970. */
  readonly iat: number
  /** RFC 8225 §5.2.2, sorted. */
  readonly mky?: readonly MediaKey[]
  /** RFC 8588. */
  readonly attest?: Attestation
  readonly origid?: string
  /** RFC 8946: the destination that was left. */
  readonly div?: Party
  /** RFC 9795. */
  readonly rcd?: JsonObject
  readonly rcdi?: JsonObject
  readonly crn?: string
}

/** One fingerprint of the session description. */
export interface MediaKey {
  /** As the session description writes it. */
  readonly alg: string
  /** Hexadecimal digits in capitals, no colons. */
  readonly dig: string
}
