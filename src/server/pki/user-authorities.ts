import { X509Certificate } from 'node:crypto'
import { AspisError } from '../../base/errors.ts'
import type { UserAuthority } from '../../mechanisms/smime/verify.ts'
import type { Config } from '../config/config.ts'
import { ensureAuthority } from './authority.ts'
import { readNeeded } from './files.ts'

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * Who vouches for users that sign: our own authority for those of the served domains, the configured ones for theirs.
 * @throws AspisError when a configured file cannot be used
 */
export function userAuthorities(
  config: Pick<Config, 'data' | 'domains' | 'refer'>,
  nowMs: number,
): readonly UserAuthority[] {
  const own: UserAuthority = {
    certificate: new X509Certificate(ensureAuthority(config.data, nowMs).certificate),
    domains: config.domains.flatMap(({ name, aliases }) => [name, ...aliases]),
  }
  const others = config.refer.authorities.flatMap(({ certificate, domains }) =>
    certificatesIn(readNeeded(certificate, 'refer.authorities'), certificate).map(
      each => ({ certificate: each, domains }) satisfies UserAuthority,
    ),
  )
  return [own, ...others]
}

/**
 * The certificates of a PEM file.
 * @throws AspisError when it holds none that can be read
 */
export function certificatesIn(pem: string, file: string): readonly X509Certificate[] {
  try {
    const certificates = (pem.match(PEM) ?? []).map(text => new X509Certificate(text))
    if (certificates.length > 0) return certificates
  } catch (cause) {
    throw new AspisError('ERR_ASPIS_PKI_UNREADABLE', `${file}: a certificate cannot be read`, { cause })
  }
  throw new AspisError('ERR_ASPIS_PKI_UNREADABLE', `${file}: holds no PEM certificate`)
}
