import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'
import { join } from 'node:path'
import { AspisError } from '../../base/errors.ts'
import { ipKind, ipVersion } from '../../base/ip-address.ts'
import {
  type CertificateExtension,
  type CertificateFields,
  KEY_PURPOSE,
  writeCertificate,
} from '../../base/x509/certificate-write.ts'
import { canonicalDomain } from '../../mechanisms/tls/domain-name.ts'
import { verifyServer } from '../../mechanisms/tls/identities.ts'
import { readIfThere, writeWhole } from './files.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const AUTHORITY_DAYS = 3650
/** Browsers and phones refuse server certificates that live longer than about 13 months. */
const SERVER_DAYS = 397
/** Clocks of peers are allowed to be this much behind ours. */
const BACKDATE_MS = DAY_MS

/** A private key and its certificate, PEM, and the files that hold them. */
export interface KeyAndCertificate {
  readonly key: string
  readonly certificate: string
  readonly keyFile: string
  readonly certificateFile: string
  readonly notAfterMs: number
}

/** A key and certificate that were made for somebody else; written by the caller. */
export interface IssuedPair {
  readonly key: string
  readonly certificate: string
  readonly notAfterMs: number
}

/** What a server certificate speaks for. */
export interface ServerNames {
  /** SIP domains: each as `sip:` URI and DNS name. */
  readonly domains: readonly string[]
  /** Host names and IP addresses under which the server is reached; unspecified addresses are left out. */
  readonly addresses: readonly string[]
}

/** Where the authority and the server certificate lie in the data folder. */
export function pkiFiles(folder: string) {
  const at = (name: string) => join(folder, 'pki', name)
  return {
    authorityKey: at('authority.key'),
    authorityCertificate: at('authority.pem'),
    serverKey: at('server.key'),
    serverCertificate: at('server.pem'),
    stirKey: at('stir-authority.key'),
    stirCertificate: at('stir-authority.pem'),
  }
}

/**
 * The authority of this installation, made (ECDSA P-256, ten years) when the data folder has none.
 * @param folder the data folder; keys get mode 0600 in a folder of mode 0700
 * @throws AspisError when a file is unreadable, or only one half is there: a new one would break every phone
 */
export function ensureAuthority(folder: string, nowMs: number): KeyAndCertificate {
  const files = pkiFiles(folder)
  return ensureAuthorityAt(files.authorityKey, files.authorityCertificate, 'Aspis authority', nowMs)
}

/**
 * The authority of this installation for callers: apart from the one for TLS, so that who trusts one trusts the other
 * in nothing.
 * @throws AspisError as `ensureAuthority`
 */
export function ensureStirAuthority(folder: string, nowMs: number): KeyAndCertificate {
  const files = pkiFiles(folder)
  return ensureAuthorityAt(files.stirKey, files.stirCertificate, 'Aspis STIR authority', nowMs)
}

function ensureAuthorityAt(
  keyFile: string,
  certificateFile: string,
  title: string,
  nowMs: number,
): KeyAndCertificate {
  const existing = readPair(keyFile, certificateFile)
  if (existing !== undefined) return existing
  const key = newKey()
  const name = `${title} ${randomBytes(4).toString('hex')}`
  const issued = issue(
    { key: key.pem, name },
    {
      subject: name,
      publicKey: key.publicKey,
      isAuthority: true,
      notBeforeMs: nowMs - BACKDATE_MS,
      notAfterMs: nowMs + AUTHORITY_DAYS * DAY_MS,
    },
  )
  writeWhole(keyFile, key.pem, 0o600)
  writeWhole(certificateFile, issued, 0o644)
  return {
    key: key.pem,
    certificate: issued,
    keyFile,
    certificateFile,
    notAfterMs: new X509Certificate(issued).validToDate.getTime(),
  }
}

/**
 * What is wrong with the files of the data folder, so that the server would not start; nothing is made.
 * @param isServerToo the server's own pair is in use beside the authority
 */
export function ownPairProblem(folder: string, isServerToo: boolean): string | undefined {
  const files = pkiFiles(folder)
  try {
    readPair(files.authorityKey, files.authorityCertificate)
    if (isServerToo) readPair(files.serverKey, files.serverCertificate)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * Makes the server's key and certificate anew and keeps them in the data folder.
 * @param request.days lifetime in days, 1 to 3650
 * @throws AspisError when a domain or address is neither a name nor an address
 */
export function issueServerCertificate(
  request: { readonly folder: string; readonly nowMs: number; readonly days?: number } & ServerNames,
): KeyAndCertificate {
  const files = pkiFiles(request.folder)
  const authority = ensureAuthority(request.folder, request.nowMs)
  const names = subjectNames(request)
  const pair = issueUnder(authority, request, {
    subject: names.dnsNames[0] ?? 'aspis',
    ...names,
    extendedKeyUsages: [KEY_PURPOSE.server, KEY_PURPOSE.client, KEY_PURPOSE.sipDomain],
  })
  writeWhole(files.serverKey, pair.key, 0o600)
  writeWhole(files.serverCertificate, pair.certificate, 0o644)
  return { ...pair, keyFile: files.serverKey, certificateFile: files.serverCertificate }
}

/**
 * The server certificate, made or renewed when there is none, when a third of its life or less is left, or when
 * it does not speak for all that is asked.
 */
export function ensureServerCertificate(
  request: { readonly folder: string; readonly nowMs: number } & ServerNames,
): KeyAndCertificate & { readonly isNew: boolean } {
  const files = pkiFiles(request.folder)
  const authority = ensureAuthority(request.folder, request.nowMs)
  const existing = readPair(files.serverKey, files.serverCertificate)
  if (existing !== undefined && isStillGood(existing, authority, request))
    return { ...existing, isNew: false }
  return { ...issueServerCertificate(request), isNew: true }
}

/**
 * Makes a key and a certificate for a trunk, a neighbouring server or a test; nothing is written.
 * @param request.domains SIP domains that it speaks for, each as `sip:` URI and DNS name
 * @param request.days lifetime in days, 1 to 3650; default 397
 * @throws AspisError when a domain is none
 */
export function issueClientCertificate(request: {
  readonly folder: string
  readonly nowMs: number
  readonly name: string
  readonly domains: readonly string[]
  readonly addresses?: readonly string[]
  readonly days?: number
}): IssuedPair {
  const authority = ensureAuthority(request.folder, request.nowMs)
  return issueUnder(authority, request, {
    subject: request.name,
    ...subjectNames({ domains: request.domains, addresses: request.addresses ?? [] }),
    extendedKeyUsages: [KEY_PURPOSE.server, KEY_PURPOSE.client, KEY_PURPOSE.sipDomain],
  })
}

/**
 * Makes a key and a certificate for who signs calls (RFC 8226); nothing is written.
 * @param request.extensions its TNAuthList and claim constraints, DER
 * @param request.domains domains whose names it may sign for (RFC 8224 §8.4)
 * @param request.days lifetime in days, 1 to 3650; default 397
 * @throws AspisError when a domain is none
 */
export function issueStirCertificate(request: {
  readonly folder: string
  readonly nowMs: number
  readonly name: string
  readonly domains: readonly string[]
  readonly extensions: readonly CertificateExtension[]
  readonly days?: number
}): IssuedPair {
  const { uris, dnsNames } = subjectNames({ domains: request.domains, addresses: [] })
  return issueUnder(ensureStirAuthority(request.folder, request.nowMs), request, {
    subject: request.name,
    uris,
    dnsNames,
    extensions: request.extensions,
  })
}

/**
 * Makes a key and a certificate with which a user signs bodies (RFC 8551); nothing is written.
 * @param request.aor canonical `sip:user@host`
 * @param request.days lifetime in days, 1 to 3650; default 397
 */
export function issueUserCertificate(request: {
  readonly folder: string
  readonly nowMs: number
  readonly aor: string
  readonly days?: number
}): IssuedPair {
  const authority = ensureAuthority(request.folder, request.nowMs)
  return issueUnder(authority, request, {
    subject: request.aor.slice('sip:'.length),
    uris: [request.aor],
    extendedKeyUsages: [KEY_PURPOSE.email],
  })
}

type Wanted = Pick<
  CertificateFields,
  'subject' | 'uris' | 'dnsNames' | 'ipAddresses' | 'extendedKeyUsages' | 'extensions'
>

function issueUnder(
  authority: KeyAndCertificate,
  validity: { readonly nowMs: number; readonly days?: number },
  wanted: Wanted,
): IssuedPair {
  const key = newKey()
  const days = Math.min(3650, Math.max(1, validity.days ?? SERVER_DAYS))
  const notAfterMs = Math.min(validity.nowMs + days * DAY_MS, authority.notAfterMs)
  const issuer = { key: authority.key, name: commonNameOf(authority.certificate) }
  const certificate = issue(issuer, {
    ...wanted,
    publicKey: key.publicKey,
    notBeforeMs: validity.nowMs - BACKDATE_MS,
    notAfterMs,
  })
  return { key: key.pem, certificate, notAfterMs }
}

function issue(
  issuer: { readonly key: string; readonly name: string },
  fields: Omit<CertificateFields, 'serial' | 'issuer' | 'issuerPublicKey'>,
): string {
  const key = createPrivateKey(issuer.key)
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const issuerPublicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const der = writeCertificate({ ...fields, serial, issuer: issuer.name, issuerPublicKey }, bytes =>
    sign('sha256', bytes, key),
  )
  return new X509Certificate(der).toString()
}

function newKey(): { readonly pem: string; readonly publicKey: Buffer } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    pem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: pair.publicKey.export({ type: 'spki', format: 'der' }),
  }
}

function subjectNames(names: ServerNames) {
  const domains = names.domains.map(domain => needName(domain))
  const hosts = names.addresses.map(host => needName(host))
  const ipAddresses = [...domains, ...hosts].filter(
    host => ipVersion(host) !== 0 && ipKind(host) !== 'unusable',
  )
  const dnsNames = [...domains, ...hosts].filter(host => ipVersion(host) === 0)
  // Once a sip URI stands there, DNS names no longer count in SIP (RFC 5922 §7.1): every name gets its own.
  return {
    uris: [...new Set(dnsNames)].map(name => `sip:${name}`),
    dnsNames: [...new Set(dnsNames)],
    ipAddresses: [...new Set(ipAddresses)],
  }
}

function needName(text: string): string {
  const name = canonicalDomain(text)
  if (name === undefined) {
    throw new AspisError('ERR_ASPIS_CERTIFICATE_NAME', `"${text}" is neither a domain name nor an IP address`)
  }
  return name
}

function isStillGood(
  existing: KeyAndCertificate,
  authority: KeyAndCertificate,
  request: { readonly nowMs: number } & ServerNames,
): boolean {
  const certificate = new X509Certificate(existing.certificate)
  const lifeMs = existing.notAfterMs - certificate.validFromDate.getTime()
  const leftMs = existing.notAfterMs - request.nowMs
  if (leftMs * 3 < lifeMs || !certificate.verify(new X509Certificate(authority.certificate).publicKey))
    return false
  const { dnsNames, ipAddresses } = subjectNames(request)
  return (
    dnsNames.every(name => verifyServer(certificate, name) === undefined) &&
    ipAddresses.every(ip => certificate.checkIP(ip) !== undefined)
  )
}

function readPair(keyFile: string, certificateFile: string): KeyAndCertificate | undefined {
  const key = readIfThere(keyFile)
  const certificate = readIfThere(certificateFile)
  if (key === undefined && certificate === undefined) return undefined
  if (key === undefined || certificate === undefined) {
    const missing = key === undefined ? keyFile : certificateFile
    const other = key === undefined ? certificateFile : keyFile
    throw new AspisError(
      'ERR_ASPIS_PKI_HALF',
      `${missing}: is missing, while ${other} is there; restore it, or remove both to start anew`,
    )
  }
  try {
    const parsed = new X509Certificate(certificate)
    if (!parsed.checkPrivateKey(createPrivateKey(key))) {
      throw new AspisError('ERR_ASPIS_PKI_MISMATCH', `${keyFile}: is not the key of ${certificateFile}`)
    }
    return { key, certificate, keyFile, certificateFile, notAfterMs: parsed.validToDate.getTime() }
  } catch (cause) {
    if (cause instanceof AspisError) throw cause
    throw new AspisError(
      'ERR_ASPIS_PKI_UNREADABLE',
      `${certificateFile}: certificate or key cannot be read`,
      { cause },
    )
  }
}

function commonNameOf(certificate: string): string {
  const subject = new X509Certificate(certificate).subject
  return subject.startsWith('CN=') ? subject.slice(3) : subject
}
