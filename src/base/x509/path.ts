import { type KeyObject, X509Certificate } from 'node:crypto'
import { failed, ok, type Result } from '../result.ts'
import { readCertificate } from './certificate.ts'
import { KEY_USAGE, useOf } from './extensions.ts'

/** Why a certificate is not believed. */
export type PathFault =
  /** The DER cannot be read. */
  | 'certificate-malformed'
  /** No path leads to an authority that is trusted. */
  | 'certificate-untrusted'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  /** RFC 5280 §4.2: a critical extension that we do not know. */
  | 'certificate-unknown-extension'
  /** SHA-1 or MD5, RSA below 2048 bits, or a curve that is no longer fit. */
  | 'certificate-weak'

/** Certificates between the one in question and an authority. */
const MAX_BETWEEN = 4
/** Signatures that are checked for one message, whatever a peer sends along: with P-521 one takes 2 ms. */
const MAX_SIGNATURES = 16

/** What may still be checked, counted down. */
export interface SignatureBudget {
  signatures: number
}

/** For one message. */
export function signatureBudget(): SignatureBudget {
  return { signatures: MAX_SIGNATURES }
}
const MIN_RSA_BITS = 2048
/** Whoever sends a certificate chose its key: a check with 3072 bits in the exponent takes 6 ms, with these limits 0.5. */
const MAX_RSA_BITS = 8192
const MAX_RSA_EXPONENT = 0xffff_ffffn
const FIT_CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1']
/** SHA-256, -384, -512 with ECDSA and RSA, RSASSA-PSS, Ed25519, Ed448. */
const FIT_SIGNATURES: readonly string[] = [
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.2.840.113549.1.1.10',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.3.101.112',
  '1.3.101.113',
]

/** Reads a certificate that a peer sent, and its key. @returns undefined when one cannot be read */
export function readX509(der: Buffer): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der)
    // The key is read when somebody asks for it, and then it may throw.
    return certificate.publicKey.type === 'public' ? certificate : undefined
  } catch {
    return undefined
  }
}

/** Whether a public key is as strong as RFC 9325 §4.5 asks, and no heavier than anybody needs. */
export function isFitKey(key: KeyObject): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  if (type === 'ec') return FIT_CURVES.includes(details?.namedCurve ?? '')
  if (type === 'rsa' || type === 'rsa-pss') {
    const { modulusLength = 0, publicExponent = 0n } = details ?? {}
    return (
      modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS && publicExponent <= MAX_RSA_EXPONENT
    )
  }
  return type === 'ed25519' || type === 'ed448'
}

/**
 * Looks for a path from a certificate to a trusted authority; names and purposes of the certificate itself are the
 * caller's to check. Revocation is not looked at.
 * @param between certificates that came along, in any order
 * @param authorities whose word is taken; their own signatures are not checked
 * @param understood critical extensions that the caller looks at
 * @param budget shared by all paths that one message asks for
 * @returns the path, certificate first, authority last
 * @see RFC 5280 §6.1
 */
export function verifyPath(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  nowMs: number,
  understood: readonly string[] = [],
  budget: SignatureBudget = signatureBudget(),
): Result<readonly X509Certificate[], PathFault> {
  const fault = faultOf(certificate, nowMs, understood)
  if (fault !== undefined) return failed(fault)
  const path = climb([certificate], { between, authorities, nowMs, understood, budget })
  return path === undefined ? failed('certificate-untrusted') : ok(path)
}

interface Climb {
  readonly between: readonly X509Certificate[]
  readonly authorities: readonly X509Certificate[]
  readonly nowMs: number
  readonly understood: readonly string[]
  readonly budget: SignatureBudget
}

function climb(path: readonly X509Certificate[], climbing: Climb): readonly X509Certificate[] | undefined {
  const last = path.at(-1)
  if (last === undefined) return undefined
  for (const authority of climbing.authorities) {
    if (last.fingerprint256 === authority.fingerprint256 && path.length > 1) return path
    if (vouches(authority, last, path.length - 1, climbing)) return [...path, authority]
  }
  if (path.length > MAX_BETWEEN) return undefined
  for (const issuer of climbing.between) {
    if (path.some(each => each.fingerprint256 === issuer.fingerprint256)) continue
    if (!vouches(issuer, last, path.length - 1, climbing)) continue
    const longer = climb([...path, issuer], climbing)
    if (longer !== undefined) return longer
  }
  return undefined
}

/** @param below authorities between the issuer and the certificate in question */
function vouches(issuer: X509Certificate, subject: X509Certificate, below: number, climbing: Climb): boolean {
  if (!subject.checkIssued(issuer)) return false
  if (faultOf(issuer, climbing.nowMs, climbing.understood) !== undefined) return false
  const use = useOf(issuer.raw)
  if (use?.isAuthority !== true || below > (use.maxPathLength ?? below)) return false
  if (use.keyUsage !== undefined && (use.keyUsage & KEY_USAGE.certificateSign) === 0) return false
  climbing.budget.signatures -= 1
  return climbing.budget.signatures >= 0 && subject.verify(issuer.publicKey)
}

function faultOf(
  certificate: X509Certificate,
  nowMs: number,
  understood: readonly string[],
): PathFault | undefined {
  const names = readCertificate(certificate)
  const use = useOf(certificate.raw, understood)
  if (!names.ok || use === undefined) return 'certificate-malformed'
  // A date that cannot be read is no number, and compares as false.
  if (!(nowMs >= certificate.validFromDate.getTime())) return 'certificate-not-yet-valid'
  if (!(nowMs <= certificate.validToDate.getTime())) return 'certificate-expired'
  if (use.unknownCritical.length > 0) return 'certificate-unknown-extension'
  const isFit = FIT_SIGNATURES.includes(names.value.signatureAlgorithm) && isFitKey(certificate.publicKey)
  return isFit ? undefined : 'certificate-weak'
}
