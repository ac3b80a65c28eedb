import { hostname, networkInterfaces } from 'node:os'
import { ipKind, ipVersion } from '../../base/ip-address.ts'
import { canonicalDomain } from '../../mechanisms/tls/domain-name.ts'
import { ensureAuthority, ensureServerCertificate, type ServerNames } from './authority.ts'
import { readNeeded } from './files.ts'

/** The part of the configuration that the channel's credentials come from. */
export interface CredentialsConfig {
  /** The data folder. */
  readonly data: string
  readonly domains: readonly { readonly name: string }[]
  readonly listen: readonly { readonly ip: string }[]
  readonly advertise?: { readonly host: string }
  readonly tls: { readonly certificate?: string; readonly key?: string; readonly ca?: string }
}

/** What TLS listeners and clients are made with; all PEM. */
export interface Credentials {
  readonly key: string
  /** The server's certificate, then its chain. */
  readonly cert: string
  /** Who vouches for peers beside the public authorities: our own and the configured file. */
  readonly ca: readonly string[]
  /** Files that the key and certificate came from. */
  readonly keyFile: string
  readonly certificateFile: string
}

/**
 * Reads the configured key and certificate, or makes and renews our own.
 * @throws AspisError when a configured file is missing or unreadable
 */
export function loadCredentials(config: CredentialsConfig, nowMs: number): Credentials {
  const { certificate: certificateFile, key: keyFile } = config.tls
  const authority = ensureAuthority(config.data, nowMs)
  const configured = config.tls.ca === undefined ? [] : [readNeeded(config.tls.ca, 'tls.ca')]
  const ca = [authority.certificate, ...configured]
  if (certificateFile !== undefined && keyFile !== undefined) {
    const key = readNeeded(keyFile, 'tls.key')
    const cert = readNeeded(certificateFile, 'tls.certificate')
    return { key, cert, keyFile, certificateFile, ca }
  }
  const own = ensureServerCertificate({ folder: config.data, nowMs, ...namesOf(config) })
  return {
    key: own.key,
    cert: own.certificate,
    keyFile: own.keyFile,
    certificateFile: own.certificateFile,
    ca,
  }
}

/** The names that our own certificate must carry: domains, listen addresses, and the machine's where unspecified. */
export function namesOf(config: CredentialsConfig): ServerNames {
  const listening = config.listen.map(listen => listen.ip)
  const isEverywhere = listening.some(ip => ip === '0.0.0.0' || ip === '::')
  const hosts = isEverywhere ? [...listening, 'localhost', hostname(), ...machineAddresses()] : listening
  const advertised = config.advertise === undefined ? [] : [config.advertise.host]
  return {
    domains: config.domains.map(domain => domain.name),
    addresses: [...new Set([...advertised, ...hosts])].filter(isNameable),
  }
}

/** A machine's own name may be no DNS name at all. */
function isNameable(host: string): boolean {
  return ipVersion(host) === 0 ? canonicalDomain(host) !== undefined : ipKind(host) !== 'unusable'
}

function machineAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  return all
    .filter(address => address.scopeid === undefined || address.scopeid === 0)
    .map(({ address }) => address)
}
