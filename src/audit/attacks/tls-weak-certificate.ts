import type { X509Certificate } from 'node:crypto'
import { readCertificate } from '../../base/x509/certificate.ts'
import { attack } from '../attack.ts'
import { shownCertificate } from '../tls/shown.ts'

/** RFC 9325 §4.5; of elliptic curves half the strength counts. */
const MIN_RSA_BITS = 2_048
const SMALL_CURVES: readonly string[] = ['secp192k1', 'prime192v1', 'secp160r1', 'secp160k1', 'secp112r1']

/** Signatures whose hash has collisions: MD5 and SHA-1 with RSA, DSA and ECDSA. */
const OLD_SIGNATURES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.2', 'MD2'],
  ['1.2.840.113549.1.1.4', 'MD5'],
  ['1.2.840.113549.1.1.5', 'SHA-1'],
  ['1.2.840.10040.4.3', 'SHA-1'],
  ['1.2.840.10045.4.1', 'SHA-1'],
])

/** Keys and signatures of the server's certificate and of those between it and its root. */
export const tlsWeakCertificate = attack({
  id: 'tls-weak-certificate',
  entry: 'H05',
  title: 'computes the key of a certificate that is too small, or forges one signed over SHA-1',
  threats: ['no-pki', 'eavesdropping'],
  clause: '§3.2, TLS; §3.3, lack of PKI',
  references: ['RFC 9325 §4.5', 'RFC 9325 §4.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 4,
  needs: ['tls'],
  expected:
    'RSA keys have 2048 bits or more, curves 224 or more, and no certificate is signed over MD5 or SHA-1.',
  mending: {
    aspis: 'Its own certificate is ECDSA over P-256; `aspis check` tells when a given one is too weak.',
    kamailio: 'Have a new certificate issued for a new key, 2048 bits of RSA or P-256.',
    opensips: 'Have a new certificate issued for a new key, 2048 bits of RSA or P-256.',
    asterisk: 'Have a new certificate issued for a new key, 2048 bits of RSA or P-256.',
  },
  async run(trial) {
    const { certificate, between } = await shownCertificate(trial)
    const faults = [certificate, ...between].flatMap(faultsOf)
    if (faults.length > 0) return trial.succeeded(`its chain has ${faults.join('; ')}`)
    return trial.resisted(`its certificate has ${keyOf(certificate)}, and no signature over MD5 or SHA-1`)
  },
})

function faultsOf(certificate: X509Certificate): string[] {
  const details = certificate.publicKey.asymmetricKeyDetails
  const names = readCertificate(certificate)
  const hash = names.ok ? OLD_SIGNATURES.get(names.value.signatureAlgorithm) : undefined
  const isSmall =
    (details?.modulusLength ?? MIN_RSA_BITS) < MIN_RSA_BITS ||
    SMALL_CURVES.includes(details?.namedCurve ?? '')
  const whose = (certificate.subject ?? 'a nameless one').replaceAll('\n', ', ').slice(0, 100)
  return [
    ...(isSmall ? [`${keyOf(certificate)} (${whose})`] : []),
    ...(hash === undefined ? [] : [`a signature over ${hash} (${whose})`]),
  ]
}

function keyOf({ publicKey }: X509Certificate): string {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {}
  const kind = publicKey.asymmetricKeyType ?? 'unknown'
  return `a key of ${kind} ${modulusLength === undefined ? (namedCurve ?? '') : `${modulusLength} bits`}`.trim()
}
