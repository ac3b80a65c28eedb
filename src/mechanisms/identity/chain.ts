import { AspisError } from '../../base/errors.ts'
import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { KEY_USAGE } from '../../base/x509/extensions.ts'
import { isFitKey } from '../../base/x509/path.ts'
import type { Credential } from './credential.ts'
import type { IdentityFailure } from './failure.ts'
import { readStirCertificate, type StirCertificate } from './stir-certificate.ts'
import { encompasses, type TnAuthList } from './tn-auth-list.ts'

/** Authorities that may issue certificates for callers; made by `trustRoots`. */
export interface TrustRoots {
  readonly certificates: readonly StirCertificate[]
}

/** ECDSA with SHA-256, -384, -512, and RSA PKCS#1 v1.5 with the same (RFC 8226 §4, STC-01). */
const SIGNATURE_ALGORITHMS: readonly string[] = [
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
]
const KEY_TYPES: readonly (string | undefined)[] = ['ec', 'rsa']

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'

/**
 * Reads the authorities to trust.
 * @param pems each one or more certificates
 * @throws AspisError when one holds no certificate, or one that is no authority
 */
export function trustRoots(pems: readonly string[]): TrustRoots {
  const certificates = pems.flatMap(pem => {
    const blocks = blocksOf(pem)
    if (blocks.length === 0) throw new AspisError('ERR_ASPIS_IDENTITY_ROOT', 'no certificate in PEM form')
    return blocks.map(block => {
      const read = readStirCertificate(block)
      if (read.ok && read.value.isAuthority) return read.value
      const why = read.ok
        ? 'the certificate is no authority (CA:TRUE)'
        : `the certificate is not usable: ${read.error}`
      throw new AspisError('ERR_ASPIS_IDENTITY_ROOT', why)
    })
  })
  return { certificates }
}

/**
 * Judges a chain that was fetched, signer first (RFC 8226 §4, RFC 9060 §6, §7). Keep the answer by its `x5u`: it holds
 * until `notAfterMs`, or as long as the server that gave it says. The path is the file's: no other is looked for.
 * @param pem of at most `LIMITS.maxCertificateChain` certificates; the root may be left out
 */
export function judgeChain(
  pem: string,
  roots: TrustRoots,
  nowMs: number,
): Result<Credential, IdentityFailure> {
  const chain: StirCertificate[] = []
  const blocks = blocksOf(pem)
  if (blocks.length === 0 || blocks.length > LIMITS.maxCertificateChain) return failed('certificate-count')
  for (const block of blocks) {
    const read = readStirCertificate(block)
    if (!read.ok) return read
    chain.push(read.value)
  }
  const [signer] = chain
  if (signer === undefined) return failed('certificate-count')
  const path = completed(chain, roots)
  if (!path.ok) return path
  const failure = signerFailure(signer) ?? pathFailure(path.value, nowMs)
  return failure === undefined ? ok(credentialOf(signer, path.value)) : failed(failure)
}

function blocksOf(pem: string): readonly string[] {
  const blocks: string[] = []
  for (let at = pem.indexOf(BEGIN); at >= 0; at = pem.indexOf(BEGIN, at + 1)) {
    const end = pem.indexOf(END, at)
    if (end < 0 || blocks.length > LIMITS.maxCertificateChain * 20) break
    blocks.push(pem.slice(at, end + END.length))
  }
  return blocks
}

/** The chain up to and with a root of ours. */
function completed(
  chain: readonly StirCertificate[],
  roots: TrustRoots,
): Result<readonly StirCertificate[], IdentityFailure> {
  const isRoot = (each: StirCertificate) =>
    roots.certificates.some(root => root.certificate.raw.equals(each.certificate.raw))
  const rootAt = chain.findIndex(isRoot)
  if (rootAt >= 0) return ok(chain.slice(0, rootAt + 1))
  const last = chain.at(-1)
  if (last === undefined) return failed('certificate-count')
  const root = roots.certificates.find(each => isIssuedBy(last, each))
  return root === undefined ? failed('certificate-untrusted') : ok([...chain, root])
}

function signerFailure(signer: StirCertificate): IdentityFailure | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = signer.key
  if (asymmetricKeyType !== 'ec' || asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return 'certificate-key-unsupported'
  if (signer.isAuthority) return 'certificate-is-authority'
  const { keyUsage } = signer
  return keyUsage === undefined || (keyUsage & KEY_USAGE.digitalSignature) !== 0
    ? undefined
    : 'certificate-usage-wrong'
}

function pathFailure(path: readonly StirCertificate[], nowMs: number): IdentityFailure | undefined {
  for (const [at, child] of path.entries()) {
    if (nowMs < child.notBeforeMs) return 'certificate-not-yet-valid'
    if (nowMs > child.notAfterMs) return 'certificate-expired'
    const parent = path[at + 1]
    if (parent === undefined) continue
    if (!parent.isAuthority) return 'certificate-issuer-not-authority'
    if (parent.keyUsage !== undefined && (parent.keyUsage & KEY_USAGE.certificateSign) === 0)
      return 'certificate-usage-wrong'
    if (parent.maxPathLength !== undefined && at > parent.maxPathLength) return 'certificate-path-too-long'
    if (!SIGNATURE_ALGORITHMS.includes(child.signatureAlgorithm) || !isStrong(parent))
      return 'certificate-algorithm-unsupported'
    if (!isIssuedBy(child, parent)) return 'certificate-untrusted'
  }
  // From the root down, so that no signature is computed with a key that a stranger chose.
  for (let at = path.length - 1; at > 0; at--) {
    const [child, parent] = [path[at - 1], path[at]]
    if (child === undefined || parent === undefined || !isSignedBy(child, parent))
      return 'certificate-signature-wrong'
  }
  // A parent's list elsewhere limits the signer as one in the certificate would (RFC 8226 §10.1): unread, it is no limit.
  if (path.slice(1).some(parent => parent.numberListUrls.length > 0)) return 'certificate-scope-unknown'
  return isScopeKept(path) ? undefined : 'certificate-scope-exceeds-parent'
}

/** By names, and by key identifiers where both have one (RFC 9060 §7). */
function isIssuedBy(child: StirCertificate, parent: StirCertificate): boolean {
  const { authorityKeyId } = child
  const { subjectKeyId } = parent
  if (authorityKeyId !== undefined && subjectKeyId !== undefined && authorityKeyId !== subjectKeyId)
    return false
  return child.certificate.checkIssued(parent.certificate)
}

/** Whoever wrote the certificate chose the key: what the library cannot use is no signature. */
function isSignedBy(child: StirCertificate, parent: StirCertificate): boolean {
  try {
    return child.certificate.verify(parent.key)
  } catch {
    return false
  }
}

function isStrong({ key }: StirCertificate): boolean {
  return KEY_TYPES.includes(key.asymmetricKeyType) && isFitKey(key)
}

/** Each list lies within the next one above it, over certificates that have none (RFC 9060 §4). */
function isScopeKept(path: readonly StirCertificate[]): boolean {
  const lists = path.map(each => each.numbers).filter(list => list !== undefined)
  return lists.every((list, at) => {
    const parent = lists[at + 1]
    return parent === undefined || encompasses(parent, list)
  })
}

function credentialOf(signer: StirCertificate, path: readonly StirCertificate[]): Credential {
  const parentNumbers: TnAuthList[] = []
  for (const { numbers } of path.slice(1)) if (numbers !== undefined) parentNumbers.push(numbers)
  return {
    key: signer.key,
    fingerprint: signer.certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBeforeMs: Math.max(...path.map(each => each.notBeforeMs)),
    notAfterMs: Math.min(...path.map(each => each.notAfterMs)),
    numbers: signer.numbers,
    parentNumbers,
    numberListUrls: signer.numberListUrls,
    constraints: signer.constraints,
    domains: domainsWithin(signer, path),
    subject: signer.certificate.subject.replaceAll('\n', ', '),
  }
}

/** An authority that is limited to numbers gives no domain away, but its own (RFC 9060 §4). */
function domainsWithin(signer: StirCertificate, path: readonly StirCertificate[]): readonly string[] {
  const limited = path.slice(1).filter(({ numbers }) => numbers !== undefined)
  return signer.domains.filter(name => limited.every(({ domains }) => domains.includes(name)))
}
