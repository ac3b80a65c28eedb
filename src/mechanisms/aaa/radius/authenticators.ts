import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { failed, ok, type Result } from '../../../base/result.ts'
import type { Secret } from '../../../base/secret.ts'
import { ATTRIBUTE, type Attribute, CODE } from './attributes.ts'
import { AUTHENTICATOR_OCTETS, HEAD_OCTETS, type Packet, readPacket } from './packet.ts'
import type { RadiusRefusal } from './refusal.ts'

/** What a request must keep so that its answer can be told from everything else. */
export interface Asked {
  readonly code: number
  readonly identifier: number
  /** As it went out; 16 octets. */
  readonly authenticator: Buffer
}

/** Room for the Message-Authenticator, which is filled in when the packet is signed; it goes first. */
export const UNSIGNED: Attribute = {
  type: ATTRIBUTE.messageAuthenticator,
  value: Buffer.alloc(AUTHENTICATOR_OCTETS),
}

/**
 * Signs an Access-Request or Status-Server in place: fills in its Message-Authenticator (RFC 3579 §3.2). The request
 * authenticator is chance and stands there already.
 */
export function signRequest(octets: Buffer, secret: Secret): void {
  const at = messageAuthenticatorIn(octets)
  if (at === undefined) return
  octets.fill(0, at, at + AUTHENTICATOR_OCTETS)
  createHmac('md5', secret.reveal()).update(octets).digest().copy(octets, at)
}

/** Signs an Accounting-Request in place: its authenticator is a hash over itself and the secret (RFC 2866 §3). */
export function signAccounting(octets: Buffer, secret: Secret): void {
  octets.fill(0, 4, HEAD_OCTETS)
  createHash('md5').update(octets).update(secret.reveal()).digest().copy(octets, 4)
}

/**
 * Reads an answer and checks that whoever knows the secret made it, whole, for this request. Nothing inside is looked at
 * before. Message-Authenticator is demanded of every answer to an Access-Request: without it the MD5 of the Response
 * Authenticator can be made to fit another answer (BlastRADIUS); where an answer to something else has one, it must be
 * right too.
 * @param demandsMessageAuthenticator false for a server that sends none, by `insecure` alone
 * @see RFC 2865 §3, RFC 2866 §4.2, RFC 3579 §3.2, RFC 5090 §8.2
 */
export function readAnswer(
  octets: Buffer,
  asked: Asked,
  secret: Secret,
  demandsMessageAuthenticator: boolean,
): Result<Packet, RadiusRefusal> {
  const read = readPacket(octets)
  if (!read.ok) return read
  const packet = read.value
  if (packet.identifier !== asked.identifier) return failed('unmatched')
  if (!(ANSWERS[asked.code] ?? []).includes(packet.code)) return failed('code-unexpected')
  const signatures = packet.attributes.filter(({ type }) => type === ATTRIBUTE.messageAuthenticator)
  const [signature] = signatures
  if (signatures.length > 1 || (signature !== undefined && signature.value.length !== AUTHENTICATOR_OCTETS))
    return failed('message-authenticator-malformed')
  const isDemanded = demandsMessageAuthenticator && asked.code === CODE.accessRequest
  if (signature === undefined && isDemanded) return failed('message-authenticator-missing')
  const copy = Buffer.from(packet.octets)
  asked.authenticator.copy(copy, 4)
  const expected = createHash('md5').update(copy).update(secret.reveal()).digest()
  if (!timingSafeEqual(expected, packet.authenticator)) return failed('response-authenticator-wrong')
  if (signature !== undefined) {
    const at = messageAuthenticatorIn(copy) ?? HEAD_OCTETS
    copy.fill(0, at, at + AUTHENTICATOR_OCTETS)
    const right = createHmac('md5', secret.reveal()).update(copy).digest()
    if (!timingSafeEqual(right, signature.value)) return failed('message-authenticator-wrong')
  }
  if (packet.attributes.some(({ type }) => type === ATTRIBUTE.proxyState))
    return failed('proxy-state-foreign')
  return ok(packet)
}

/** What may answer what (RFC 2865 §4, RFC 2866 §4.2, RFC 5997 §4.3). */
const ANSWERS: Readonly<Record<number, readonly number[]>> = {
  [CODE.accessRequest]: [CODE.accessAccept, CODE.accessReject, CODE.accessChallenge],
  [CODE.accountingRequest]: [CODE.accountingResponse],
  [CODE.statusServer]: [CODE.accessAccept, CODE.accountingResponse],
}

/** Where the value of the first Message-Authenticator begins. */
function messageAuthenticatorIn(octets: Buffer): number | undefined {
  for (let at = HEAD_OCTETS; at + 2 <= octets.length; at += Math.max(2, octets[at + 1] ?? 0)) {
    if (octets[at] === ATTRIBUTE.messageAuthenticator && octets[at + 1] === 2 + AUTHENTICATOR_OCTETS)
      return at + 2
  }
  return undefined
}
