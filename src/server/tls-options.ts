import { Secret } from '../base/secret.ts'
import { sipIdentities, verifyServer } from '../mechanisms/tls/identities.ts'
import type { TlsOptions } from '../net/tls-options.ts'
import type { Config } from './config/config.ts'
import { loadCredentials } from './pki/credentials.ts'

/**
 * Certificates and checks of the channel; makes our own certificate where none is configured.
 * @param nowMs wall clock
 * @param ticketSecret of the installation; absent where only the material is tried
 * @throws AspisError when a configured file cannot be used
 */
export function tlsOptions(config: Config, nowMs: number, ticketSecret?: Secret): TlsOptions {
  const credentials = loadCredentials(config, nowMs)
  return {
    certificates: [
      { serverNames: [], certificatePem: credentials.cert, keyPem: new Secret(credentials.key) },
    ],
    authoritiesPem: credentials.ca,
    clientCertificates: config.tls.clientCertificates,
    minVersion: config.tls.minVersion,
    ...(ticketSecret === undefined ? {} : { ticketSecret }),
    identitiesOf: der => sipIdentities(der),
    verifyServer: (der, domain) => verifyServer(der, domain),
  }
}
