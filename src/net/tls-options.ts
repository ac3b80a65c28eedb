import { constants } from 'node:crypto'
import {
  createSecureContext,
  rootCertificates,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls'
import { AspisError } from '../base/errors.ts'
import type { Secret } from '../base/secret.ts'
import type { SessionOptions } from './tls-sessions.ts'

/** A certificate that a server shows, and the names that it is asked for by. */
export interface TlsCertificate {
  /** Lower-case names (SNI) that select it; may be empty for the first, which is the default. */
  readonly serverNames: readonly string[]
  /** The certificate and its chain. */
  readonly certificatePem: string
  readonly keyPem: Secret
}

/** The channel, both ways. */
export interface TlsOptions {
  /** The first is shown to clients that ask for no name, and by our connections to other servers. */
  readonly certificates: readonly TlsCertificate[]
  /** Names that clients may ask for beside those of the certificates; when there is none at all, any. */
  readonly servedNames?: readonly string[]
  /** Authorities beside the system's. */
  readonly authoritiesPem?: readonly string[]
  /** Default `ask`: a client without certificate is not authenticated (RFC 5922 §7.4). */
  readonly clientCertificates?: 'none' | 'ask' | 'require'
  /** Default `1.2` (RFC 9325 §3.1.1). */
  readonly minVersion?: '1.2' | '1.3'
  /**
   * What session tickets are sealed with; the same in all processes that serve these names, so that a client resumes
   * its session at any of them, and after a restart. Default: one that this process made up.
   */
  readonly ticketSecret?: Secret
  /** Wall clock, in milliseconds: the keys of tickets and the certificates in them have a day. */
  readonly wallMs?: () => number
  /** The SIP domains of a verified certificate, lower case (RFC 5922 §7.1). */
  readonly identitiesOf: (der: Buffer) => readonly string[]
  /** Why a verified certificate does not speak for a domain, or undefined (RFC 5922 §7.3). */
  readonly verifyServer: (der: Buffer, domain: string) => string | undefined
}

/** RFC 5922 says nothing of ALPN; the name is the registered one of SIP over TLS. */
export const SIP_PROTOCOL = 'sip/2'

/**
 * TLS 1.3 suites, and of TLS 1.2 only forward secrecy with AEAD (RFC 9325 §4.2); level 2 wants RSA keys of
 * 2048 bits and no SHA-1 signature (TLS-05).
 */
export const TLS_CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  '@SECLEVEL=2',
].join(':')

/** What one certificate becomes for OpenSSL; the same for both directions. */
export function contextOptions(
  options: TlsOptions,
  certificate: TlsCertificate | undefined,
): SecureContextOptions {
  const { authoritiesPem = [] } = options
  return {
    ...(certificate === undefined
      ? {}
      : { cert: certificate.certificatePem, key: certificate.keyPem.reveal() }),
    ...(authoritiesPem.length === 0 ? {} : { ca: [...rootCertificates, ...authoritiesPem] }),
    ciphers: TLS_CIPHERS,
    honorCipherOrder: true,
    minVersion: options.minVersion === '1.3' ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  }
}

/** The contexts of a server: the default one, and by name. */
export interface ServerContexts {
  readonly options: SecureContextOptions
  readonly byName: ReadonlyMap<string, SecureContext>
  /** Empty: every name gets the default. */
  readonly served: ReadonlySet<string>
}

/**
 * Builds all contexts of a server, so that bad material is found before anything of it is used.
 * @throws AspisError `ERR_ASPIS_TLS_CERTIFICATE_MISSING`, `ERR_ASPIS_TLS_MATERIAL`
 */
export function serverContexts(options: TlsOptions, sessions: SessionOptions): ServerContexts {
  const [first] = options.certificates
  if (first === undefined) {
    throw new AspisError('ERR_ASPIS_TLS_CERTIFICATE_MISSING', 'a TLS listener needs a certificate')
  }
  const byName = new Map<string, SecureContext>()
  for (const certificate of options.certificates) {
    const context = makeContext(
      { ...contextOptions(options, certificate), ...sessions },
      certificate.serverNames,
    )
    for (const name of certificate.serverNames) byName.set(name.toLowerCase(), context)
  }
  const served = new Set([...byName.keys(), ...(options.servedNames ?? []).map(name => name.toLowerCase())])
  return { options: { ...contextOptions(options, first), ...sessions }, byName, served }
}

function makeContext(options: SecureContextOptions, names: readonly string[]): SecureContext {
  try {
    return createSecureContext(options)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const whose = names.length === 0 ? 'the default certificate' : `the certificate of ${names.join(', ')}`
    throw new AspisError('ERR_ASPIS_TLS_MATERIAL', `${whose} cannot be used: ${why}`, { cause })
  }
}
