import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readCertificate } from '../../base/x509/certificate.ts'
import { type CertificatePolicy, verifyServer } from '../../mechanisms/tls/identities.ts'

/** What is wrong with a key and certificate; `error` keeps the server from starting. */
export interface PairFinding {
  readonly code:
    | 'certificate-expired'
    | 'certificate-expires-soon'
    | 'certificate-not-yet-valid'
    | 'certificate-unreadable'
    | 'certificate-weak-signature'
    | 'certificate-without-domain'
    | 'key-does-not-match'
    | 'key-too-weak'
    | 'key-unreadable'
    | 'own-pair-unfit'
  readonly severity: 'error' | 'warning'
  readonly text: string
}

const SOON_MS = 14 * 24 * 60 * 60 * 1000
const MIN_RSA_BITS = 2048
const FIT_CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1']
const FIT_KEYS: readonly string[] = ['ed25519', 'ed448', 'ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87']
/** MD2, MD5 and SHA-1 with RSA, SHA-1 with ECDSA and DSA. */
const WEAK_SIGNATURES: readonly string[] = [
  '1.2.840.113549.1.1.2',
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  '1.2.840.10045.4.1',
  '1.2.840.10040.4.3',
]

/**
 * Everything that can be known about a server's key and certificate before it is used.
 * @param pair PEM texts; the certificate's first is the server's own, the others its chain
 * @param domains domains that it has to speak for; each missing one is a finding
 * @returns no findings when all is well
 * @see RFC 5922 §7.1, RFC 9325 §4.5
 */
export function checkPair(
  pair: { readonly key: string; readonly cert: string },
  nowMs: number,
  domains: readonly string[] = [],
  policy: CertificatePolicy = {},
): readonly PairFinding[] {
  const chain = readChain(pair.cert)
  const [own] = chain ?? []
  if (chain === undefined || own === undefined) {
    return [error('certificate-unreadable', 'the certificate file holds no PEM certificate that can be read')]
  }
  const findings: PairFinding[] = []
  const key = readKey(pair.key)
  if (key === undefined) {
    findings.push(
      error('key-unreadable', 'the key file holds no PEM private key that can be read without a passphrase'),
    )
  } else if (!own.checkPrivateKey(key)) {
    findings.push(
      error('key-does-not-match', 'the private key is not the one that the certificate was made for'),
    )
  }
  findings.push(...chain.flatMap((certificate, at) => checkCertificate(certificate, at === 0, nowMs)))
  for (const domain of domains) {
    const refusal = verifyServer(own, domain, policy)
    if (refusal !== undefined) {
      findings.push(
        error('certificate-without-domain', `the certificate does not speak for ${domain}: ${refusal}`),
      )
    }
  }
  return findings
}

function checkCertificate(
  certificate: X509Certificate,
  isOwn: boolean,
  nowMs: number,
): readonly PairFinding[] {
  const findings: PairFinding[] = []
  const name = isOwn ? 'the certificate' : `the chain's certificate "${printable(certificate.subject)}"`
  const from = certificate.validFromDate.getTime()
  const to = certificate.validToDate.getTime()
  const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10)
  if (nowMs < from)
    findings.push(error('certificate-not-yet-valid', `${name} is valid from ${day(from)} only`))
  if (nowMs > to) findings.push(error('certificate-expired', `${name} expired on ${day(to)}`))
  else if (to - nowMs < SOON_MS) {
    findings.push({
      code: 'certificate-expires-soon',
      severity: 'warning',
      text: `${name} expires on ${day(to)}`,
    })
  }
  const weakness = weaknessOf(certificate.publicKey)
  if (weakness !== undefined) findings.push(error('key-too-weak', `${name} has ${weakness}`))
  const names = readCertificate(certificate)
  const isRoot = certificate.checkIssued(certificate)
  if (!isRoot && names.ok && WEAK_SIGNATURES.includes(names.value.signatureAlgorithm)) {
    findings.push(error('certificate-weak-signature', `${name} is signed with MD5 or SHA-1`))
  }
  return findings
}

function weaknessOf(key: KeyObject): string | undefined {
  const type = key.asymmetricKeyType ?? 'unknown'
  const details = key.asymmetricKeyDetails ?? {}
  if (type === 'rsa' || type === 'rsa-pss') {
    const bits = details.modulusLength ?? 0
    return bits < MIN_RSA_BITS ? `an RSA key of ${bits} bits; at least ${MIN_RSA_BITS} are needed` : undefined
  }
  if (type === 'ec') {
    const curve = details.namedCurve ?? 'unnamed'
    return FIT_CURVES.includes(curve) ? undefined : `an EC key on ${curve}; P-256, P-384 or P-521 is needed`
  }
  return FIT_KEYS.includes(type) ? undefined : `a key of type ${type}`
}

function readChain(pem: string): readonly X509Certificate[] | undefined {
  const end = '-----END CERTIFICATE-----'
  const blocks = pem.split(end).slice(0, -1)
  try {
    return blocks.map(block => new X509Certificate(`${block}${end}\n`))
  } catch {
    return undefined
  }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

function error(code: PairFinding['code'], text: string): PairFinding {
  return { code, severity: 'error', text }
}

/** A subject may hold line breaks, which is how Node prints several attributes. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, ' ')
}
