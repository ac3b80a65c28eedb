import { createPrivateKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { writeCertificate } from '../../base/x509/certificate-write.ts'

/** SHA-1 with RSA, RFC 3279 §2.2.1. */
const SHA1_WITH_RSA = '1.2.840.113549.1.1.5'

/** A short key, a signature of yesterday, an issuer that is itself, a name that is nobody's, and long expired. */
export function selfMade(): { readonly key: string; readonly cert: string } {
  const pair = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' })
  const der = writeCertificate(
    {
      serial: Buffer.from([1]),
      issuer: 'weak',
      subject: 'weak',
      notBeforeMs: Date.UTC(2010, 0, 1),
      notAfterMs: Date.UTC(2015, 0, 1),
      publicKey,
      issuerPublicKey: publicKey,
      signatureAlgorithm: SHA1_WITH_RSA,
    },
    octets => sign('sha1', octets, createPrivateKey(key)),
  )
  return { key, cert: new X509Certificate(der).toString() }
}
