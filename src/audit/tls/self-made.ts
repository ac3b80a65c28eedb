import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { KEY_PURPOSE, writeCertificate } from '../../base/x509/certificate-write.ts'

/** A key with a certificate, PEM both. */
export interface SelfMade {
  readonly key: string
  readonly cert: string
}

/** What a certificate says that nobody vouches for. */
export interface SelfMadeNames {
  readonly subject: string
  /** Common name of an authority that never saw it; the subject when left out. */
  readonly issuer?: string
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
}

const DAY_MS = 86_400_000

/** A certificate that anybody can make: it says whatever is wanted, signed with its own key. */
export function selfMade({ subject, issuer = subject, uris, dnsNames }: SelfMadeNames): SelfMade {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const nowMs = Date.now()
  const der = writeCertificate(
    {
      serial: Buffer.concat([Buffer.from([1]), randomBytes(8)]),
      issuer,
      subject,
      notBeforeMs: nowMs - DAY_MS,
      notAfterMs: nowMs + DAY_MS,
      publicKey: spki,
      issuerPublicKey: spki,
      uris,
      dnsNames,
      extendedKeyUsages: [KEY_PURPOSE.client, KEY_PURPOSE.server],
    },
    bytes => sign('sha256', bytes, privateKey),
  )
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  }
}
