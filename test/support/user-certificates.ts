import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import {
  type CertificateFields,
  KEY_PURPOSE,
  writeCertificate,
} from '../../src/base/x509/certificate-write.ts'
import type { SigningIdentity } from '../../src/mechanisms/smime/sign.ts'
import type { UserAuthority } from '../../src/mechanisms/smime/verify.ts'

const HALF_A_DAY_MS = 43_200_000

/** A key pair of a user. */
export interface UserKeys {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** A user with a key and a certificate. */
export interface CertifiedUser extends SigningIdentity {
  readonly keyPem: string
  readonly certificatePem: string
}

/** An authority that gives users certificates for their addresses-of-record. */
export class UserAuthorityOfTests implements UserAuthority {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #name = `Test authority ${randomBytes(4).toString('hex')}`
  readonly #nowMs: number
  readonly certificate: X509Certificate
  readonly domains: readonly string[] | undefined

  /** @param domains whose users it may vouch for; undefined: any */
  constructor(nowMs: number, domains?: readonly string[]) {
    this.#nowMs = nowMs
    this.domains = domains
    const publicKey = this.#keys.publicKey.export({ type: 'spki', format: 'der' })
    this.certificate = this.#issue({ subject: this.#name, publicKey, isAuthority: true })
  }

  /** A certificate for a user. */
  user(uri: string, changes: Partial<CertificateFields> = {}, keys: UserKeys = ecKeys()): CertifiedUser {
    const certificate = this.#issue({
      subject: uri,
      publicKey: keys.publicKey.export({ type: 'spki', format: 'der' }),
      uris: [uri],
      extendedKeyUsages: [KEY_PURPOSE.email],
      ...changes,
    })
    return {
      key: keys.privateKey,
      certificates: [certificate.raw],
      keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      certificatePem: certificate.toString(),
    }
  }

  #issue(fields: Pick<CertificateFields, 'subject' | 'publicKey'> & Partial<CertificateFields>) {
    const der = writeCertificate(
      {
        serial: Buffer.concat([Buffer.from([1]), randomBytes(8)]),
        issuer: this.#name,
        notBeforeMs: this.#nowMs - HALF_A_DAY_MS,
        notAfterMs: this.#nowMs + HALF_A_DAY_MS,
        issuerPublicKey: this.#keys.publicKey.export({ type: 'spki', format: 'der' }),
        ...fields,
      },
      bytes => sign('sha256', bytes, this.#keys.privateKey),
    )
    return new X509Certificate(der)
  }
}

export function ecKeys(): UserKeys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}
