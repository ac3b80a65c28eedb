import { type KeyObject, X509Certificate } from 'node:crypto'
import { failed, ok, type Result } from '../../base/result.ts'
import { readCertificate } from '../../base/x509/certificate.ts'
import { type Element, elementsOf, objectIdentifier, TAG } from '../../base/x509/der.ts'
import { extensionsOf, useOf } from '../../base/x509/extensions.ts'
import {
  type ClaimConstraints,
  OID_CLAIM_CONSTRAINTS,
  OID_ENHANCED_CLAIM_CONSTRAINTS,
  readClaimConstraints,
} from './claim-constraints.ts'
import type { IdentityFailure } from './failure.ts'
import { OID_TN_AUTH_LIST, readTnAuthList, type TnAuthList } from './tn-auth-list.ts'

/** One certificate of a chain, read; no signature checked. */
export interface StirCertificate {
  readonly certificate: X509Certificate
  readonly key: KeyObject
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly isAuthority: boolean
  /** Authorities that may stand between it and the signer; undefined: any number (RFC 5280 §4.2.1.9). */
  readonly maxPathLength: number | undefined
  /** Bits of `KEY_USAGE`; undefined without the extension. */
  readonly keyUsage: number | undefined
  /** Hexadecimal; undefined without the extension. */
  readonly subjectKeyId: string | undefined
  readonly authorityKeyId: string | undefined
  readonly signatureAlgorithm: string
  readonly numbers: TnAuthList | undefined
  readonly numberListUrls: readonly string[]
  readonly constraints: ClaimConstraints | undefined
  /** SIP domains (RFC 5922 §7.1), lower case. */
  readonly domains: readonly string[]
}

type Extensions = ReadonlyMap<string, Buffer>

const OID = {
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  authorityKeyId: '2.5.29.35',
  certificatePolicies: '2.5.29.32',
  stirTnList: '1.3.6.1.5.5.7.48.14',
  subjectKeyId: '2.5.29.14',
} as const

/** What may be critical beside what `useOf` knows: what is looked at here, and policies, which bind nobody unmapped. */
const UNDERSTOOD: readonly string[] = [
  OID.certificatePolicies,
  OID_TN_AUTH_LIST,
  OID_CLAIM_CONSTRAINTS,
  OID_ENHANCED_CLAIM_CONSTRAINTS,
]

const NAME_URI = 0x86
const KEY_ID = 0x80
const OCTET_STRING = 0x04
/** Lists of one certificate; each may be a fetch, while a call waits. */
const MAX_URLS = 2

/** Reads one certificate, PEM or DER. */
export function readStirCertificate(source: string | Buffer): Result<StirCertificate, IdentityFailure> {
  let certificate: X509Certificate
  let key: KeyObject
  try {
    certificate = new X509Certificate(source)
    key = certificate.publicKey
  } catch {
    return failed('certificate-malformed')
  }
  const names = readCertificate(certificate)
  const use = useOf(certificate.raw, UNDERSTOOD)
  const all = extensionsOf(certificate.raw)
  if (!names.ok || use === undefined || all === undefined) return failed('certificate-malformed')
  if (use.unknownCritical.length > 0) return failed('certificate-extension-unknown')
  const notBeforeMs = Date.parse(certificate.validFrom)
  const notAfterMs = Date.parse(certificate.validTo)
  if (Number.isNaN(notBeforeMs) || Number.isNaN(notAfterMs)) return failed('certificate-malformed')

  const extensions: Extensions = new Map(all.map(({ id, value }) => [id, value]))
  const list = extensions.get(OID_TN_AUTH_LIST)
  const numbers = list === undefined ? ok(undefined) : readTnAuthList(list)
  if (!numbers.ok) return numbers
  const constraints = constraintsOf(extensions)
  if (!constraints.ok) return constraints
  return ok({
    certificate,
    key,
    notBeforeMs,
    notAfterMs,
    isAuthority: use.isAuthority,
    maxPathLength: use.maxPathLength,
    keyUsage: use.keyUsage,
    subjectKeyId: onlyElement(extensions.get(OID.subjectKeyId), OCTET_STRING)?.toString('hex'),
    authorityKeyId: authorityKeyIdOf(extensions.get(OID.authorityKeyId)),
    signatureAlgorithm: names.value.signatureAlgorithm,
    numbers: numbers.value,
    numberListUrls: numberListUrlsOf(extensions.get(OID.authorityInfoAccess)),
    constraints: constraints.value,
    domains: domainsOf(names.value),
  })
}

/** RFC 9118 §6: never both. */
function constraintsOf(extensions: Extensions): Result<ClaimConstraints | undefined, IdentityFailure> {
  const plain = extensions.get(OID_CLAIM_CONSTRAINTS)
  const enhanced = extensions.get(OID_ENHANCED_CLAIM_CONSTRAINTS)
  if (plain !== undefined && enhanced !== undefined) return failed('certificate-constraints-conflict')
  if (enhanced !== undefined) return readClaimConstraints(enhanced, true)
  return plain === undefined ? ok(undefined) : readClaimConstraints(plain, false)
}

function authorityKeyIdOf(value: Buffer | undefined): string | undefined {
  const first = value === undefined ? undefined : sequenceIn(value)?.[0]
  return first?.tag === KEY_ID ? first.bytes.toString('hex') : undefined
}

/** RFC 8226 §10.1. */
function numberListUrlsOf(value: Buffer | undefined): readonly string[] {
  const urls: string[] = []
  for (const each of value === undefined ? [] : (sequenceIn(value) ?? [])) {
    const [method, location] = elementsOf(each.bytes) ?? []
    const oid = method?.tag === TAG.objectIdentifier ? objectIdentifier(method.bytes) : undefined
    if (oid !== OID.stirTnList || location?.tag !== NAME_URI) continue
    const url = location.bytes.toString('latin1')
    if (url.startsWith('https://') && urls.length < MAX_URLS) urls.push(url)
  }
  return urls
}

/** RFC 5922 §7.1: `sip:` URIs first, DNS names only without any. No wildcard (§7.2). */
function domainsOf(names: {
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
}): readonly string[] {
  const hosts = names.uris.map(hostOfSipUri).filter(host => host !== undefined)
  return (hosts.length > 0 ? hosts : names.dnsNames.map(name => name.toLowerCase())).filter(isHost)
}

function hostOfSipUri(uri: string): string | undefined {
  const text = uri.toLowerCase()
  if (!text.startsWith('sip:') || text.includes('@')) return undefined
  const end = text.slice(4).search(/[:;?]/)
  return end < 0 ? text.slice(4) : text.slice(4, 4 + end)
}

function isHost(name: string): boolean {
  return name.length > 0 && name.length < 254 && /^[\da-z._-]+$/.test(name)
}

function onlyElement(value: Buffer | undefined, tag: number): Buffer | undefined {
  const elements = value === undefined ? undefined : elementsOf(value)
  return elements?.length === 1 && elements[0]?.tag === tag ? elements[0].bytes : undefined
}

function sequenceIn(bytes: Buffer): readonly Element[] | undefined {
  const elements = elementsOf(bytes)
  return elements?.length === 1 && elements[0]?.tag === TAG.sequence
    ? elementsOf(elements[0].bytes)
    : undefined
}
