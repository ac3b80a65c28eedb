import { createHash, type KeyObject, sign } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import { elementsOf } from '../../base/x509/der.ts'
import { element, integer, oid, sequence, time } from '../../base/x509/der-write.ts'
import { readX509 } from '../../base/x509/path.ts'
import { ALGORITHM } from './algorithms.ts'
import { CMS, CMS_TAG } from './signed-data.ts'

/** A key and the certificate that speaks for it. */
export interface SigningIdentity {
  /** ECDSA P-256 or Ed25519. */
  readonly key: KeyObject
  /** DER: the signer's own first, then those between it and its authority. */
  readonly certificates: readonly Buffer[]
}

const SET = 0x31

/**
 * Makes a detached CMS signature with signed attributes; the certificates travel in it (SMI-03).
 * @param content the octets to sign
 * @param nowMs goes into signing-time
 * @returns ContentInfo, DER
 * @throws AspisError when the key is neither ECDSA P-256 nor Ed25519, or is not the one of the certificate
 * @see RFC 5652 §5, RFC 8591 §4.1, RFC 8419 §3.1
 */
export function signDetached(content: Buffer, identity: SigningIdentity, nowMs: number): Buffer {
  const { digestName, digest, signature } = algorithmsOf(identity.key)
  const [own] = identity.certificates
  const certificate = own === undefined ? undefined : readX509(own)
  if (own === undefined || certificate?.checkPrivateKey(identity.key) !== true)
    throw new AspisError('ERR_ASPIS_SMIME_KEY', 'the key is not the one of the certificate')
  const attributes = [
    attribute(CMS.contentType, oid(CMS.data)),
    attribute(CMS.signingTime, time(nowMs)),
    attribute(CMS.messageDigest, octets(createHash(digestName).update(content).digest())),
    attribute(CMS.signingCertificateV2, signingCertificate(own)),
    // DER: the elements of a SET OF stand in ascending order (X.690 §11.6).
  ].sort(Buffer.compare)
  const signed = element(SET, ...attributes)
  const value = sign(digestName === 'sha512' ? null : digestName, signed, {
    key: identity.key,
    dsaEncoding: 'der',
  })
  const signerInfo = sequence(
    integer(Buffer.from([1])),
    issuerAndSerial(own),
    digest,
    element(CMS_TAG.zero, ...attributes),
    signature,
    octets(value),
  )
  const data = sequence(
    integer(Buffer.from([1])),
    element(SET, digest),
    sequence(oid(CMS.data)),
    element(CMS_TAG.zero, ...identity.certificates),
    element(SET, signerInfo),
  )
  return sequence(oid(CMS.signedData), element(CMS_TAG.zero, data))
}

/** The value of `micalg` for what that key signs (RFC 8551 §3.5.3.2). */
export function micalgOf(key: KeyObject): 'sha-256' | 'sha-512' {
  return algorithmsOf(key).digestName === 'sha256' ? 'sha-256' : 'sha-512'
}

function algorithmsOf(key: KeyObject): {
  readonly digestName: 'sha256' | 'sha512'
  readonly digest: Buffer
  readonly signature: Buffer
} {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  // RFC 5754 §2, RFC 8419 §2.3, RFC 5758 §3.2: without parameters.
  if (type === 'ec' && details?.namedCurve === 'prime256v1') {
    const [digest, signature] = [sequence(oid(ALGORITHM.sha256)), sequence(oid(ALGORITHM.ecdsaWithSha256))]
    return { digestName: 'sha256', digest, signature }
  }
  if (type === 'ed25519') {
    const [digest, signature] = [sequence(oid(ALGORITHM.sha512)), sequence(oid(ALGORITHM.ed25519))]
    return { digestName: 'sha512', digest, signature }
  }
  throw new AspisError('ERR_ASPIS_SMIME_KEY', 'a body is signed with an ECDSA P-256 or Ed25519 key')
}

function attribute(id: string, value: Buffer): Buffer {
  return sequence(oid(id), element(SET, value))
}

function octets(bytes: Buffer): Buffer {
  return element(CMS_TAG.octets, bytes)
}

/** RFC 5035 §3: binds the signature to this certificate; SHA-256 is the default and not written. */
function signingCertificate(certificate: Buffer): Buffer {
  const hash = octets(createHash('sha256').update(certificate).digest())
  return sequence(sequence(sequence(hash)))
}

function issuerAndSerial(certificate: Buffer): Buffer {
  const [outer] = elementsOf(certificate) ?? []
  const [body] = outer === undefined ? [] : (elementsOf(outer.bytes) ?? [])
  const fields = body === undefined ? [] : (elementsOf(body.bytes) ?? [])
  const at = fields[0]?.tag === CMS_TAG.zero ? 1 : 0
  const [serial, issuer] = [fields[at], fields[at + 2]]
  if (serial === undefined || issuer === undefined)
    throw new AspisError('ERR_ASPIS_SMIME_KEY', 'the certificate cannot be read')
  return sequence(sequence(issuer.bytes), element(0x02, serial.bytes))
}
