import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { KEY_PURPOSE, writeCertificate } from '../base/x509/certificate-write.ts'
import type { SigningIdentity } from '../mechanisms/smime/sign.ts'

const DAY_MS = 86_400_000

/** A key to sign bodies with, and a certificate for it that nobody vouches for. */
export function signingIdentity(aor: string): SigningIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const der = writeCertificate(
    {
      serial: Buffer.concat([Buffer.from([1]), randomBytes(8)]),
      issuer: aor,
      subject: aor,
      notBeforeMs: Date.now() - DAY_MS,
      notAfterMs: Date.now() + DAY_MS,
      publicKey: spki,
      issuerPublicKey: spki,
      uris: [aor],
      extendedKeyUsages: [KEY_PURPOSE.email],
    },
    octets => sign('sha256', octets, privateKey),
  )
  return { key: privateKey, certificates: [der] }
}
