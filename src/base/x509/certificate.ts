import type { X509Certificate } from 'node:crypto'
import { failed, ok, type Result } from '../result.ts'
import { type Element, elementsOf, objectIdentifier, TAG } from './der.ts'

/** What an X.509 certificate says about names and use; values as they stand in it, one character a byte. */
export interface CertificateNames {
  /** RFC 5280 §4.2.1.6: the extension is there, whatever it holds. */
  readonly hasSubjectAltName: boolean
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
  /** Subject common names; multi-byte string types are left out. */
  readonly commonNames: readonly string[]
  /** Object identifiers of RFC 5280 §4.2.1.12; undefined without the extension. */
  readonly extendedKeyUsages: readonly string[] | undefined
  /** Object identifier of the signature over the certificate. */
  readonly signatureAlgorithm: string
}

const OID_COMMON_NAME = '2.5.4.3'
const OID_SUBJECT_ALT_NAME = '2.5.29.17'
const OID_EXTENDED_KEY_USAGE = '2.5.29.37'
const NAME_DNS = 0x82
const NAME_URI = 0x86
const EXTENSIONS = 0xa3
const VERSION = 0xa0
/** UTF8String, PrintableString, TeletexString, IA5String. */
const BYTE_STRINGS: readonly number[] = [0x0c, 0x13, 0x14, 0x16]

/**
 * Reads names and use from a certificate; checks no signature and no date.
 * @returns the names, or failure when the DER is malformed or an extension read here occurs twice
 * @see RFC 5280 §4.1
 */
export function readCertificate(
  certificate: Buffer | X509Certificate,
): Result<CertificateNames, 'malformed'> {
  const names = read(Buffer.isBuffer(certificate) ? certificate : certificate.raw)
  return names === undefined ? failed('malformed') : ok(names)
}

function read(der: Buffer): CertificateNames | undefined {
  const [outer, ...rest] = elementsOf(der) ?? []
  if (outer?.tag !== TAG.sequence || rest.length > 0) return undefined
  const [body, signature] = elementsOf(outer.bytes) ?? []
  if (body?.tag !== TAG.sequence || signature?.tag !== TAG.sequence) return undefined
  const signatureAlgorithm = firstIdentifier(signature.bytes)
  const fields = elementsOf(body.bytes)
  if (fields === undefined || signatureAlgorithm === undefined) return undefined

  const subject = fields[(fields[0]?.tag === VERSION ? 1 : 0) + 4]
  if (subject?.tag !== TAG.sequence) return undefined
  const commonNames = readCommonNames(subject.bytes)
  const extensions = readExtensions(fields.find(field => field.tag === EXTENSIONS))
  if (commonNames === undefined || extensions === undefined) return undefined

  const alternative = extensions.get(OID_SUBJECT_ALT_NAME)
  const names = alternative === undefined ? [] : sequenceIn(alternative)
  const usage = extensions.get(OID_EXTENDED_KEY_USAGE)
  const usages = usage === undefined ? undefined : readIdentifiers(usage)
  if (names === undefined || (usage !== undefined && usages === undefined)) return undefined
  const ofTag = (tag: number) =>
    names.filter(name => name.tag === tag).map(name => name.bytes.toString('latin1'))
  return {
    hasSubjectAltName: alternative !== undefined,
    uris: ofTag(NAME_URI),
    dnsNames: ofTag(NAME_DNS),
    commonNames,
    extendedKeyUsages: usages,
    signatureAlgorithm,
  }
}

function sequenceIn(bytes: Buffer): readonly Element[] | undefined {
  const [sequence, ...rest] = elementsOf(bytes) ?? []
  return sequence?.tag === TAG.sequence && rest.length === 0 ? elementsOf(sequence.bytes) : undefined
}

function firstIdentifier(bytes: Buffer): string | undefined {
  const first = elementsOf(bytes)?.[0]
  return first?.tag === TAG.objectIdentifier ? objectIdentifier(first.bytes) : undefined
}

function readIdentifiers(extension: Buffer): readonly string[] | undefined {
  const identifiers: string[] = []
  for (const element of sequenceIn(extension) ?? []) {
    const identifier = element.tag === TAG.objectIdentifier ? objectIdentifier(element.bytes) : undefined
    if (identifier === undefined) return undefined
    identifiers.push(identifier)
  }
  return identifiers.length === 0 ? undefined : identifiers
}

function readCommonNames(subject: Buffer): readonly string[] | undefined {
  const names: string[] = []
  for (const set of elementsOf(subject) ?? []) {
    const attributes = elementsOf(set.bytes)
    if (set.tag !== TAG.set || attributes === undefined) return undefined
    for (const attribute of attributes) {
      const [type, value] = elementsOf(attribute.bytes) ?? []
      if (type?.tag !== TAG.objectIdentifier || value === undefined) return undefined
      if (objectIdentifier(type.bytes) !== OID_COMMON_NAME) continue
      if (BYTE_STRINGS.includes(value.tag)) names.push(value.bytes.toString('latin1'))
    }
  }
  return names
}

function readExtensions(field: Element | undefined): ReadonlyMap<string, Buffer> | undefined {
  const values = new Map<string, Buffer>()
  if (field === undefined) return values
  const extensions = sequenceIn(field.bytes)
  if (extensions === undefined) return undefined
  for (const extension of extensions) {
    const parts = elementsOf(extension.bytes)
    const [type] = parts ?? []
    const value = parts?.at(-1)
    if (parts === undefined || parts.length < 2 || value?.tag !== 0x04) return undefined
    const identifier = type?.tag === TAG.objectIdentifier ? objectIdentifier(type.bytes) : undefined
    // RFC 5280 §4.2: one instance each; of two, another reader might believe the other.
    if (identifier === undefined || values.has(identifier)) return undefined
    values.set(identifier, value.bytes)
  }
  return values
}
