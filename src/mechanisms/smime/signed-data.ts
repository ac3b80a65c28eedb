import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { withDefiniteLengths } from '../../base/x509/ber.ts'
import { type Element, elementsOf, objectIdentifier, TAG } from '../../base/x509/der.ts'
import { element, sequence } from '../../base/x509/der-write.ts'
import { type Algorithm, readAlgorithm } from './algorithms.ts'

/** What is wrong with a CMS structure. */
export type CmsFault =
  /** No ContentInfo with SignedData, or broken. */
  | 'cms-malformed'
  /** Larger than a body, or more certificates or signers than `LIMITS` allow. */
  | 'cms-too-large'

/** Object identifiers of RFC 5652 and RFC 5035. */
export const CMS = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const

/** Identifier octets of the context-specific and other tags used in CMS. */
export const CMS_TAG = {
  zero: 0xa0,
  one: 0xa1,
  keyIdentifier: 0x80,
  octets: 0x04,
  joinedOctets: 0x24,
} as const

/** Who signed: by issuer and serial number, or by the key's identifier. */
export type SignerIdentifier =
  | { readonly kind: 'issuer'; readonly issuer: Buffer; readonly serial: Buffer }
  | { readonly kind: 'key'; readonly identifier: Buffer }

/** One signature (RFC 5652 §5.3). */
export interface SignerInfo {
  readonly signer: SignerIdentifier
  readonly digest: Algorithm
  /** Signed attributes by identifier, each with its values; undefined when there are none. */
  readonly attributes: ReadonlyMap<string, readonly Element[]> | undefined
  /** The bytes that are signed: the attributes as a SET. */
  readonly signedBytes: Buffer
  readonly algorithm: Algorithm
  readonly signature: Buffer
}

/** A SignedData (RFC 5652 §5.1). */
export interface SignedData {
  readonly contentType: string
  /** Undefined: detached. */
  readonly content: Buffer | undefined
  /** DER, in their order. */
  readonly certificates: readonly Buffer[]
  readonly signers: readonly SignerInfo[]
}

/**
 * Reads a ContentInfo that holds SignedData, in BER or DER; checks no signature.
 * @see RFC 5652 §3, §5.1
 */
export function parseSignedData(bytes: Buffer): Result<SignedData, CmsFault> {
  if (bytes.length > LIMITS.maxBodyBytes) return failed('cms-too-large')
  const definite = withDefiniteLengths(bytes)
  const [info, ...left] = definite === undefined ? [] : (elementsOf(definite) ?? [])
  if (info?.tag !== TAG.sequence || left.length > 0) return failed('cms-malformed')
  const [type, content] = elementsOf(info.bytes) ?? []
  if (identifierOf(type) !== CMS.signedData || content?.tag !== CMS_TAG.zero) return failed('cms-malformed')
  const [data] = elementsOf(content.bytes) ?? []
  const fields = data?.tag === TAG.sequence ? elementsOf(data.bytes) : undefined
  return fields === undefined ? failed('cms-malformed') : readFields(fields)
}

function readFields(fields: readonly Element[]): Result<SignedData, CmsFault> {
  const [version, digests, encapsulated, ...rest] = fields
  if (version?.tag !== TAG.integer || digests?.tag !== TAG.set) return failed('cms-malformed')
  const [type, wrapped] = encapsulated?.tag === TAG.sequence ? (elementsOf(encapsulated.bytes) ?? []) : []
  const contentType = identifierOf(type)
  const content = wrapped === undefined ? undefined : octetsIn(wrapped)
  if (contentType === undefined || (wrapped !== undefined && content === undefined))
    return failed('cms-malformed')

  const set = rest.find(({ tag }) => tag === CMS_TAG.zero)
  const held = set === undefined ? [] : elementsOf(set.bytes)
  const last = rest.at(-1)
  const infos = last?.tag === TAG.set ? elementsOf(last.bytes) : undefined
  if (held === undefined || infos === undefined || infos.length === 0) return failed('cms-malformed')
  if (held.length > LIMITS.maxCmsCertificates || infos.length > LIMITS.maxCmsSigners)
    return failed('cms-too-large')
  // Attribute certificates and other formats, which have tags of their own, say nothing here.
  const certificates = held.filter(({ tag }) => tag === TAG.sequence).map(({ bytes }) => sequence(bytes))
  const signers: SignerInfo[] = []
  for (const info of infos) {
    const signer = readSigner(info)
    if (signer === undefined) return failed('cms-malformed')
    signers.push(signer)
  }
  return ok({ contentType, content, certificates, signers })
}

function readSigner(info: Element): SignerInfo | undefined {
  const fields = info.tag === TAG.sequence ? elementsOf(info.bytes) : undefined
  if (fields === undefined || fields[0]?.tag !== TAG.integer) return undefined
  const signer = readIdentifier(fields[1])
  const digest = readAlgorithm(fields[2])
  const signed = fields[3]?.tag === CMS_TAG.zero ? fields[3] : undefined
  const [signatureAlgorithm, value, unsigned, ...left] = fields.slice(signed === undefined ? 3 : 4)
  const algorithm = readAlgorithm(signatureAlgorithm)
  const attributes = signed === undefined ? undefined : readAttributes(signed.bytes)
  if (signer === undefined || digest === undefined || algorithm === undefined) return undefined
  if (value?.tag !== CMS_TAG.octets || (signed !== undefined && attributes === undefined)) return undefined
  if ((unsigned !== undefined && unsigned.tag !== CMS_TAG.one) || left.length > 0) return undefined
  // RFC 5652 §5.4: the digest is over an explicit SET OF, not over the tag that stands in the message.
  const signedBytes = signed === undefined ? Buffer.alloc(0) : element(TAG.set, signed.bytes)
  return { signer, digest, attributes, signedBytes, algorithm, signature: value.bytes }
}

function readIdentifier(field: Element | undefined): SignerIdentifier | undefined {
  if (field?.tag === CMS_TAG.keyIdentifier) return { kind: 'key', identifier: field.bytes }
  if (field?.tag !== TAG.sequence) return undefined
  const [issuer, serial, ...left] = elementsOf(field.bytes) ?? []
  if (issuer?.tag !== TAG.sequence || serial?.tag !== TAG.integer || left.length > 0) return undefined
  return { kind: 'issuer', issuer: issuer.bytes, serial: serial.bytes }
}

function readAttributes(bytes: Buffer): ReadonlyMap<string, readonly Element[]> | undefined {
  const attributes = new Map<string, readonly Element[]>()
  for (const attribute of elementsOf(bytes) ?? []) {
    const [type, values, ...left] = attribute.tag === TAG.sequence ? (elementsOf(attribute.bytes) ?? []) : []
    const id = identifierOf(type)
    const held = values?.tag === TAG.set ? elementsOf(values.bytes) : undefined
    // Of two with one name, another reader might believe the other.
    if (id === undefined || held === undefined || left.length > 0 || attributes.has(id)) return undefined
    attributes.set(id, held)
  }
  return attributes.size === 0 ? undefined : attributes
}

function octetsIn(wrapped: Element): Buffer | undefined {
  const [string, ...left] = wrapped.tag === CMS_TAG.zero ? (elementsOf(wrapped.bytes) ?? []) : []
  if (string === undefined || left.length > 0) return undefined
  if (string.tag === CMS_TAG.octets) return string.bytes
  const pieces = string.tag === CMS_TAG.joinedOctets ? elementsOf(string.bytes) : undefined
  if (pieces === undefined || pieces.some(({ tag }) => tag !== CMS_TAG.octets)) return undefined
  return Buffer.concat(pieces.map(({ bytes }) => bytes))
}

/** The dotted form of an OBJECT IDENTIFIER; undefined when it is none. */
export function identifierOf(field: Element | undefined): string | undefined {
  return field?.tag === TAG.objectIdentifier ? objectIdentifier(field.bytes) : undefined
}
