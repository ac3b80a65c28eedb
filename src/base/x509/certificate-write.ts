import { createHash } from 'node:crypto'
import { AspisError } from '../errors.ts'
import { canonicalIp } from '../ip-address.ts'
import { bitString, element, integer, oid, sequence, time } from './der-write.ts'

/** An extension that this file knows nothing of. */
export interface CertificateExtension {
  /** Dotted object identifier. */
  readonly id: string
  /** DER of its value, without the OCTET STRING around it. */
  readonly value: Buffer
  readonly isCritical?: boolean
}

/** What a certificate of ours says (RFC 5280 §4.1). */
export interface CertificateFields {
  /** Positive, at most 20 bytes, unpredictable. */
  readonly serial: Buffer
  /** Common names; the whole of the distinguished names. */
  readonly issuer: string
  readonly subject: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer
  /** SubjectPublicKeyInfo of the issuer, DER. */
  readonly issuerPublicKey: Buffer
  readonly isAuthority?: boolean
  /** Authorities that may stand below an authority; default 0. */
  readonly maxPathLength?: number
  /** subjectAltName values; without any the extension is left out. */
  readonly uris?: readonly string[]
  readonly dnsNames?: readonly string[]
  readonly ipAddresses?: readonly string[]
  /** Dotted object identifiers; without any the extension is left out. */
  readonly extendedKeyUsages?: readonly string[]
  /** Further extensions, in this order. */
  readonly extensions?: readonly CertificateExtension[]
  /** Dotted object identifier; default ecdsa-with-SHA256. */
  readonly signatureAlgorithm?: string
}

/** Extended key usages of RFC 5280 §4.2.1.12 and RFC 5924 §4. */
export const KEY_PURPOSE = {
  any: '2.5.29.37.0',
  client: '1.3.6.1.5.5.7.3.2',
  email: '1.3.6.1.5.5.7.3.4',
  server: '1.3.6.1.5.5.7.3.1',
  sipDomain: '1.3.6.1.5.5.7.3.20',
} as const

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const DIGITAL_SIGNATURE = Buffer.from([0x07, 0x80])
const CERTIFICATE_SIGN_AND_CRL_SIGN = Buffer.from([0x01, 0x06])
const TRUE = Buffer.from([0x01, 0x01, 0xff])

/**
 * Writes and signs an X.509 v3 certificate.
 * @param sign makes the signature of `signatureAlgorithm` over the bytes given, with the issuer's key
 * @returns the certificate, DER
 * @throws AspisError when an address is none
 * @see RFC 5280 §4.1
 */
export function writeCertificate(fields: CertificateFields, sign: (bytes: Buffer) => Buffer): Buffer {
  const algorithm = sequence(oid(fields.signatureAlgorithm ?? ECDSA_WITH_SHA256))
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(fields.serial),
    algorithm,
    name(fields.issuer),
    sequence(time(fields.notBeforeMs), time(fields.notAfterMs)),
    name(fields.subject),
    fields.publicKey,
    element(0xa3, sequence(...extensionsOf(fields))),
  )
  return sequence(body, algorithm, bitString(sign(body)))
}

function name(common: string): Buffer {
  return sequence(element(0x31, sequence(oid('2.5.4.3'), element(0x0c, Buffer.from(common, 'utf8')))))
}

function extensionsOf(fields: CertificateFields): readonly Buffer[] {
  const isAuthority = fields.isAuthority === true
  const usage = element(0x03, isAuthority ? CERTIFICATE_SIGN_AND_CRL_SIGN : DIGITAL_SIGNATURE)
  const constraints = isAuthority
    ? sequence(TRUE, integer(Buffer.from([fields.maxPathLength ?? 0])))
    : sequence()
  const extensions = [
    extension('2.5.29.19', constraints, true),
    extension('2.5.29.15', usage, true),
    extension('2.5.29.14', element(0x04, keyIdentifier(fields.publicKey))),
    extension('2.5.29.35', sequence(element(0x80, keyIdentifier(fields.issuerPublicKey)))),
  ]
  const names = [
    ...(fields.uris ?? []).map(uri => element(0x86, Buffer.from(uri, 'latin1'))),
    ...(fields.dnsNames ?? []).map(dns => element(0x82, Buffer.from(dns, 'latin1'))),
    ...(fields.ipAddresses ?? []).map(ip => element(0x87, addressOctets(ip))),
  ]
  if (names.length > 0) extensions.push(extension('2.5.29.17', sequence(...names)))
  const purposes = (fields.extendedKeyUsages ?? []).map(oid)
  if (purposes.length > 0) extensions.push(extension('2.5.29.37', sequence(...purposes)))
  for (const { id, value, isCritical } of fields.extensions ?? []) {
    extensions.push(extension(id, value, isCritical))
  }
  return extensions
}

function extension(identifier: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? TRUE : Buffer.alloc(0)
  return sequence(oid(identifier), critical, element(0x04, value))
}

/** RFC 7093 §2 (1): the leftmost 160 bits of SHA-256, over the whole key information. */
function keyIdentifier(publicKey: Buffer): Buffer {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20)
}

function addressOctets(ip: string): Buffer {
  const text = canonicalIp(ip)
  if (text === undefined) throw new AspisError('ERR_ASPIS_CERTIFICATE_ADDRESS', `"${ip}" is no IP address`)
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number))
  const [head = '', tail] = text.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return Buffer.from(groups.map(group => group.padStart(4, '0')).join(''), 'hex')
}
