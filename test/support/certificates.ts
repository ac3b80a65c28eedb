import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { Secret } from '../../src/base/secret.ts'
import { KEY_PURPOSE, writeCertificate } from '../../src/base/x509/certificate-write.ts'
import { sipIdentities, verifyServer } from '../../src/mechanisms/tls/identities.ts'
import type { TlsCertificate, TlsOptions } from '../../src/net/tls-options.ts'

/** An authority for tests, valid for a day around now. */
export class TestAuthority {
  readonly #pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #name = `Test authority ${randomBytes(4).toString('hex')}`
  readonly certificatePem: string

  constructor() {
    const publicKey = this.#pair.publicKey.export({ type: 'spki', format: 'der' })
    this.certificatePem = this.#issue(this.#name, publicKey, [], true)
  }

  /** A certificate for SIP domains, as URI and DNS names. */
  issue(...domains: readonly string[]): TlsCertificate {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const publicKey = pair.publicKey.export({ type: 'spki', format: 'der' })
    return {
      serverNames: domains,
      certificatePem: this.#issue(domains[0] ?? 'nobody', publicKey, domains, false),
      keyPem: new Secret(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    }
  }

  /** Options of a server or client that trusts this authority. */
  options(...certificates: readonly TlsCertificate[]): TlsOptions {
    return {
      certificates,
      authoritiesPem: [this.certificatePem],
      identitiesOf: der => sipIdentities(der),
      verifyServer: (der, domain) => verifyServer(der, domain),
    }
  }

  #issue(subject: string, publicKey: Buffer, domains: readonly string[], isAuthority: boolean): string {
    const der = writeCertificate(
      {
        serial: Buffer.concat([Buffer.from([1]), randomBytes(8)]),
        issuer: this.#name,
        subject,
        notBeforeMs: Date.now() - 43_200_000,
        notAfterMs: Date.now() + 43_200_000,
        publicKey,
        issuerPublicKey: this.#pair.publicKey.export({ type: 'spki', format: 'der' }),
        isAuthority,
        uris: domains.map(domain => `sip:${domain}`),
        dnsNames: domains,
        ...(isAuthority ? {} : { extendedKeyUsages: [KEY_PURPOSE.server, KEY_PURPOSE.client] }),
      },
      bytes => sign('sha256', bytes, this.#pair.privateKey),
    )
    const lines = der.toString('base64').match(/.{1,64}/g) ?? []
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  }
}
