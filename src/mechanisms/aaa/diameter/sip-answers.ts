import { Secret } from '../../../base/secret.ts'
import { resultOf } from './base-commands.ts'
import { allOf, firstOf, textOf } from './check.ts'
import type { DiameterMessage } from './decode.ts'
import { isSuccess, RESULT } from './result-codes.ts'

/** What a Diameter server says of a digest answer. */
export type AuthAnswer =
  /** It checked the response. @param rspauth its proof for Authentication-Info */
  | { readonly kind: 'right'; readonly rspauth: string | undefined }
  /** It leaves the check to us: H(A1) in lower-case hex, for the algorithm that was asked about (DIA-09). */
  | { readonly kind: 'check-here'; readonly ha1: Secret }
  /** Nobody of that name (5032). */
  | { readonly kind: 'unknown-user' }
  /** Wrong, or not answered yet in the eyes of the server. */
  | { readonly kind: 'wrong' }
  /** The user may not speak for that address-of-record (5033), or may not have the service (5003, 5035). */
  | { readonly kind: 'not-allowed'; readonly resultCode: number }
  /** Nothing that could be relied on. */
  | { readonly kind: 'failed'; readonly resultCode: number }

/**
 * Reads a Multimedia-Auth-Answer that was found good. Success means what it says only when the server can have looked at
 * the credentials: an answer for another user is none.
 * @param user the User-Name that was asked about
 * @param ha1Octets hexadecimal digits of H(A1) for the algorithm asked about
 * @see RFC 4740 §8.8, DIA-08
 */
export function readMultimediaAuth(answer: DiameterMessage, user: string, ha1Digits: number): AuthAnswer {
  const resultCode = resultOf(answer)
  const about = textOf(answer.avps, 'User-Name')
  if (about !== undefined && about !== user) return { kind: 'failed', resultCode }
  const items = allOf(answer.avps, 'SIP-Auth-Data-Item')
  const isAnswered = isSuccess(resultCode) || resultCode === RESULT.multiRoundAuth
  if (isAnswered) {
    for (const { group } of items) {
      const ha1 = textOf(firstOf(group, 'SIP-Authenticate')?.group ?? [], 'Digest-HA1')
      if (ha1 === undefined) continue
      return isHex(ha1, ha1Digits)
        ? { kind: 'check-here', ha1: new Secret(ha1.toLowerCase()) }
        : { kind: 'failed', resultCode }
    }
  }
  switch (resultCode) {
    case RESULT.success:
    case RESULT.successServerNameNotStored:
      return { kind: 'right', rspauth: proofIn(answer) }
    // 2008 sends material for a challenge: nothing was checked.
    case RESULT.successAuthSentServerNotStored:
    case RESULT.multiRoundAuth:
    case RESULT.userNameRequired:
    case RESULT.authenticationRejected:
      return { kind: 'wrong' }
    case RESULT.userUnknown:
      return { kind: 'unknown-user' }
    case RESULT.identitiesDontMatch:
    case RESULT.authorizationRejected:
    case RESULT.roamingNotAllowed:
      return { kind: 'not-allowed', resultCode }
    default:
      return { kind: 'failed', resultCode }
  }
}

function proofIn({ avps }: DiameterMessage): string | undefined {
  for (const { group } of allOf(avps, 'SIP-Auth-Data-Item')) {
    const proof = textOf(firstOf(group, 'SIP-Authentication-Info')?.group ?? [], 'Digest-Response-Auth')
    if (proof !== undefined && isHex(proof, proof.length)) return proof.toLowerCase()
  }
  return undefined
}

function isHex(text: string, digits: number): boolean {
  if (text.length !== digits || digits === 0) return false
  for (let at = 0; at < text.length; at += 1) {
    if (!'0123456789abcdefABCDEF'.includes(text.charAt(at))) return false
  }
  return true
}

/** What a User-Authorization-Answer says of a registration. */
export type RegistrationAnswer = 'allowed' | 'unknown-user' | 'not-allowed' | 'not-registered' | 'failed'

/** @see RFC 4740 §8.2 */
export function readUserAuthorization(answer: DiameterMessage): RegistrationAnswer {
  switch (resultOf(answer)) {
    case RESULT.success:
    case RESULT.firstRegistration:
    case RESULT.subsequentRegistration:
    case RESULT.serverSelection:
      return 'allowed'
    case RESULT.userUnknown:
      return 'unknown-user'
    case RESULT.identitiesDontMatch:
    case RESULT.authorizationRejected:
    case RESULT.roamingNotAllowed:
    case RESULT.identityAlreadyRegistered:
      return 'not-allowed'
    case RESULT.identityNotRegistered:
      return 'not-registered'
    default:
      return 'failed'
  }
}

/** One piece of a user's profile (RFC 4740 §9.12). */
export interface UserData {
  readonly type: string
  readonly contents: Buffer
}

/** What a Server-Assignment-Answer says. */
export interface AssignmentAnswer {
  readonly isAssigned: boolean
  readonly resultCode: number
  readonly userData: readonly UserData[]
}

/** @see RFC 4740 §8.4 */
export function readServerAssignment(answer: DiameterMessage): AssignmentAnswer {
  const resultCode = resultOf(answer)
  const isAssigned = isSuccess(resultCode)
  return { isAssigned, resultCode, userData: isAssigned ? userDataIn(answer) : [] }
}

/** Every SIP-User-Data of a message; the contents are copied out of it. */
export function userDataIn({ avps }: DiameterMessage): readonly UserData[] {
  return allOf(avps, 'SIP-User-Data').map(({ group }) => ({
    type: textOf(group, 'SIP-User-Data-Type') ?? '',
    contents: Buffer.from(firstOf(group, 'SIP-User-Data-Contents')?.data ?? []),
  }))
}

/** Where an address-of-record is served. */
export type LocationAnswer =
  | { readonly kind: 'served-by'; readonly serverUri: string }
  /** Known, but nobody serves it now (2005, 5034): 480. */
  | { readonly kind: 'not-registered' }
  | { readonly kind: 'unknown-user' }
  | { readonly kind: 'failed'; readonly resultCode: number }

/** @see RFC 4740 §8.6 */
export function readLocationInfo(answer: DiameterMessage): LocationAnswer {
  const resultCode = resultOf(answer)
  const serverUri = textOf(answer.avps, 'SIP-Server-URI')
  if (resultCode === RESULT.success && serverUri !== undefined) return { kind: 'served-by', serverUri }
  if (resultCode === RESULT.userUnknown) return { kind: 'unknown-user' }
  const isKnown = isSuccess(resultCode) || resultCode === RESULT.identityNotRegistered
  return isKnown ? { kind: 'not-registered' } : { kind: 'failed', resultCode }
}
