import type { X509Certificate } from 'node:crypto'
import { ipVersion } from '../../base/ip-address.ts'
import { type CertificateNames, readCertificate } from '../../base/x509/certificate.ts'
import { canonicalDomain, isDnsName } from './domain-name.ts'

/** Which certificates may speak for a SIP domain. */
export interface CertificatePolicy {
  /**
   * Which extended key usages are fit (RFC 5924 §5). `public` (default) also takes serverAuth and clientAuth,
   * as public authorities issue them; `sip` wants id-kp-sipDomain or no extension at all.
   */
  readonly keyUsage?: 'public' | 'sip'
  /** Take anyExtendedKeyUsage alone; default false. */
  readonly acceptAnyKeyUsage?: boolean
  /** Take the common name when there is no subjectAltName (RFC 5922 §7.1 step 2); default false. */
  readonly acceptCommonName?: boolean
}

/** Why a certificate does not prove a domain. */
export type CertificateRefusal =
  /** The DER cannot be read. */
  | 'certificate-malformed'
  /** RFC 5924 §5: its extended key usage is not for SIP. */
  | 'certificate-wrong-usage'
  /** RFC 5922 §7.3: it holds no SIP domain identity. */
  | 'certificate-without-identity'
  /** RFC 5922 §7.3: it speaks for other domains only. */
  | 'certificate-for-another-name'
  /** The domain asked for is no domain name. */
  | 'domain-malformed'

const KP_SERVER = '1.3.6.1.5.5.7.3.1'
const KP_CLIENT = '1.3.6.1.5.5.7.3.2'
const KP_SIP_DOMAIN = '1.3.6.1.5.5.7.3.20'
const KP_ANY = '2.5.29.37.0'

/**
 * The SIP domains that a certificate speaks for; its chain must have been verified by TLS.
 * @returns lower-case domains; empty when it is malformed, not for SIP, or names no domain
 * @see RFC 5922 §7.1
 */
export function sipIdentities(
  certificate: Buffer | X509Certificate,
  policy: CertificatePolicy = {},
): readonly string[] {
  const names = readCertificate(certificate)
  return names.ok && isUsable(names.value, policy) ? identitiesOf(names.value, policy) : []
}

/**
 * Checks that a server's certificate speaks for the domain that was asked for, as it stood before DNS.
 * Replaces `tls.checkServerIdentity`, which follows the rules of HTTP and not those of SIP.
 * @param domain the domain part of the URI that was located (RFC 5922 §7.3)
 * @returns undefined when it does, else the reason to close the connection at once
 */
export function verifyServer(
  certificate: Buffer | X509Certificate,
  domain: string,
  policy: CertificatePolicy = {},
): CertificateRefusal | undefined {
  const wanted = canonicalDomain(domain)
  if (wanted === undefined) return 'domain-malformed'
  const names = readCertificate(certificate)
  if (!names.ok) return 'certificate-malformed'
  if (!isUsable(names.value, policy)) return 'certificate-wrong-usage'
  const identities = identitiesOf(names.value, policy)
  if (identities.length === 0) return 'certificate-without-identity'
  return identities.includes(wanted) ? undefined : 'certificate-for-another-name'
}

function isUsable(names: CertificateNames, policy: CertificatePolicy): boolean {
  const usages = names.extendedKeyUsages
  if (usages === undefined || usages.includes(KP_SIP_DOMAIN)) return true
  if (policy.acceptAnyKeyUsage === true && usages.includes(KP_ANY)) return true
  return policy.keyUsage !== 'sip' && (usages.includes(KP_SERVER) || usages.includes(KP_CLIENT))
}

function identitiesOf(names: CertificateNames, policy: CertificatePolicy): readonly string[] {
  const hosts = names.uris.map(domainOfSipUri).filter(host => host !== undefined)
  // A sip URI whose host is unfit still shows that the certificate speaks by URI: DNS stays out.
  if (hosts.length > 0) return unique(hosts.filter(isComparable))
  if (names.hasSubjectAltName) return unique(names.dnsNames.filter(isDnsName))
  return policy.acceptCommonName === true ? unique(names.commonNames.filter(isDnsName)) : []
}

/** The host of a `sip:` URI without user part; undefined for every other URI. */
function domainOfSipUri(uri: string): string | undefined {
  if (uri.slice(0, 4).toLowerCase() !== 'sip:' || uri.includes('@')) return undefined
  const end = firstOf(uri, ';?', 4)
  const hostPort = uri.slice(4, end)
  if (hostPort.startsWith('[')) {
    const close = hostPort.indexOf(']')
    return close < 0 ? '' : hostPort.slice(1, close)
  }
  return hostPort.slice(0, firstOf(hostPort, ':', 0))
}

function firstOf(text: string, stops: string, from: number): number {
  for (let at = from; at < text.length; at += 1) if (stops.includes(text.charAt(at))) return at
  return text.length
}

function isComparable(host: string): boolean {
  return ipVersion(host) !== 0 || isDnsName(host)
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names.map(name => name.toLowerCase()))]
}
