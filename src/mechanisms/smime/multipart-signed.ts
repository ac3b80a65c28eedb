import { createHash } from 'node:crypto'
import { failed, ok, type Result } from '../../base/result.ts'
import { contentOf, type Entity, type MimeFault, paramOf, typeOf } from './mime.ts'
import { partsOf, writeMultipart } from './multipart.ts'
import { micalgOf, type SigningIdentity, signDetached } from './sign.ts'
import { type SignatureFault, type Signer, type UserAuthority, verifyDetached } from './verify.ts'

/** Why a multipart/signed body proves nothing. */
export type SignedBodyFault =
  | MimeFault
  | SignatureFault
  /** RFC 1847 §2.1: not multipart/signed with two parts and the S/MIME protocol. */
  | 'not-signed'

/** A signed part, and who signed it. */
export interface SignedEntity {
  /** What the signature covers; what stands beside it is not (SMI-13). */
  readonly entity: Entity
  readonly signers: readonly Signer[]
}

const PROTOCOL = 'application/pkcs7-signature'
const OLD_PROTOCOL = 'application/x-pkcs7-signature'
const CHARACTERS_A_LINE = 64

/**
 * Opens a multipart/signed body and checks its signature.
 * @see RFC 8551 §3.5.3, RFC 1847 §2.1
 */
export function openSigned(
  signed: Entity,
  authorities: readonly UserAuthority[],
  nowMs: number,
): Result<SignedEntity, SignedBodyFault> {
  const type = typeOf(signed)
  if (!type.ok) return type
  const protocol = (paramOf(type.value, 'protocol') ?? '').toLowerCase()
  if (type.value.name !== 'multipart/signed' || (protocol !== PROTOCOL && protocol !== OLD_PROTOCOL))
    return failed('not-signed')
  const parts = partsOf(signed.body, type.value)
  if (!parts.ok) return parts
  const [entity, signature, ...left] = parts.value
  if (entity === undefined || signature === undefined || left.length > 0) return failed('not-signed')
  const signatureType = typeOf(signature)
  if (!signatureType.ok) return signatureType
  if (signatureType.value.name !== protocol) return failed('not-signed')
  const cms = contentOf(signature)
  if (!cms.ok) return cms
  const signers = verifyDetached(cms.value, Buffer.from(entity.text, 'latin1'), authorities, nowMs)
  return signers.ok ? ok({ entity, signers: signers.value }) : signers
}

/**
 * Signs an entity: the multipart/signed body around it.
 * @param entity fields, blank line, content; latin-1
 * @param nowMs goes into the signature
 * @throws AspisError when the key does not fit
 */
export function writeSigned(
  entity: string,
  identity: SigningIdentity,
  nowMs: number,
): { readonly contentType: string; readonly body: string } {
  const octets = Buffer.from(entity, 'latin1')
  const base64 = signDetached(octets, identity, nowMs).toString('base64')
  const lines: string[] = []
  for (let at = 0; at < base64.length; at += CHARACTERS_A_LINE)
    lines.push(base64.slice(at, at + CHARACTERS_A_LINE))
  const signature = [
    `Content-Type: ${PROTOCOL};name=smime.p7s`,
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment;filename=smime.p7s;handling=required',
    '',
    ...lines,
  ].join('\r\n')
  const type = `multipart/signed;protocol="${PROTOCOL}";micalg=${micalgOf(identity.key)}`
  return writeMultipart(type, [entity, signature], boundaryOf(octets))
}

/** A boundary that the octets cannot hold: nobody can write their digest into them. */
export function boundaryOf(octets: Buffer): string {
  return `aspis-${createHash('sha256').update(octets).digest('hex').slice(0, 32)}`
}
