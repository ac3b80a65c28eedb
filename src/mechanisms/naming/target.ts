import type { TransportName } from '../../base/flow.ts'
import { ipKind, ipVersion } from '../../base/ip-address.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import type { Uri } from '../../sip/uri/uri.ts'
import type { SipsMemory } from './sips-memory.ts'

/** Transports that a request can open a way with; a WebSocket is opened by the client only (RFC 7118 §5). */
export type OpenTransport = 'udp' | 'tcp' | 'tls'

/** What is located: the parts of a URI that RFC 3263 §4 looks at. */
export interface Target {
  readonly isSips: boolean
  /** The host of the URI, lower case: the name that a certificate must carry. */
  readonly domain: string
  /** RFC 3263 §4 TARGET: the maddr parameter, else the host. */
  readonly host: string
  readonly port: number | undefined
  /** The transport parameter, lower case. */
  readonly transport: string | undefined
}

/** How this element locates. */
export interface LocatePolicy {
  /** Transports that we can send with, the most wanted first. */
  readonly transports: readonly OpenTransport[]
  /** Families that we have sockets of, the most wanted first. */
  readonly families: readonly (4 | 6)[]
  /** RFC 3261 §18.1.1: the request is too large for UDP. */
  readonly isLarge?: boolean
  /** Take private and loopback addresses for public names: for targets that the operator configured. */
  readonly allowPrivate?: boolean
  /** What is remembered of domains that offered TLS (LOC-07), and the time. */
  readonly memory?: SipsMemory
  readonly nowMs: number
  /** When TLS vanished from a domain: look for it and send nothing in clear (default), or go on and tell. */
  readonly whenSipsVanished?: 'refuse' | 'alert'
  /** Random bytes, for the weights of RFC 2782. */
  readonly random: (bytes: number) => Buffer
}

/** Why there is no place to send to. */
export type LocateFailure =
  /** The only addresses found are private, for a name that is public (LOC-09). */
  | 'address-private'
  /** The address can belong to no peer: multicast, broadcast, unspecified. */
  | 'address-unusable'
  /** DNS gave no answer. */
  | 'dns-failed'
  /** There is no address under this name. */
  | 'name-unknown'
  /** RFC 2782: the domain says that it does not offer the service. */
  | 'service-refused'
  /** RFC 3261 §26.2.2: a sips URI that asks for a transport without TLS. */
  | 'sips-needs-tls'
  /** RFC 3263 §7: the domain offered TLS before and no longer does. */
  | 'sips-vanished'
  /** None of the transports fits. */
  | 'transport-unsupported'

/** The target of a SIP or SIPS URI. */
export function targetOf(uri: Uri): Target {
  const maddr = uri.params.get('maddr')
  const host = maddr === undefined || maddr === '' ? uri.host : withoutBrackets(maddr.toLowerCase())
  return {
    isSips: uri.scheme === 'sips',
    domain: withoutRoot(uri.host),
    host: withoutRoot(host),
    port: uri.port,
    transport: uri.params.get('transport')?.toLowerCase(),
  }
}

/** The port of a transport when nobody named one (RFC 3261 §19.1.2). */
export function defaultPort(transport: TransportName): number {
  return transport === 'tls' ? 5061 : transport === 'udp' || transport === 'tcp' ? 5060 : 443
}

/**
 * The transport of a target that names it, is numeric or has a port: no record of DNS has a say (LOC-01).
 * @returns undefined when NAPTR and SRV decide
 */
export function givenTransport(
  target: Target,
  policy: LocatePolicy,
): Result<OpenTransport, LocateFailure> | undefined {
  if (target.transport !== undefined) return namedTransport(target.transport, target.isSips, policy)
  if (target.port === undefined && ipVersion(target.host) === 0) return undefined
  return defaultTransport(target.isSips, policy)
}

/** The transport when neither the URI nor DNS chose one (RFC 3263 §4.1). */
export function defaultTransport(
  isSips: boolean,
  policy: LocatePolicy,
): Result<OpenTransport, LocateFailure> {
  if (isSips) return fitting(['tls'], policy)
  return fitting(policy.isLarge === true ? ['tcp', 'udp', 'tls'] : ['udp', 'tcp', 'tls'], policy)
}

/** Whether a name lies outside the public tree, so that a private address is what one expects of it. */
export function isLocalName(name: string): boolean {
  if (ipVersion(name) !== 0 || !name.includes('.')) return true
  return LOCAL_SUFFIXES.some(suffix => name.endsWith(suffix))
}

/** Whether an address may be sent to at all. */
export function isSendable(ip: string): boolean {
  const kind = ipKind(ip)
  return kind !== undefined && kind !== 'unusable'
}

/** Top-level names that RFC 6761, RFC 6762, RFC 8375 and ICANN keep out of the public tree. */
const LOCAL_SUFFIXES: readonly string[] = [
  '.home.arpa',
  '.internal',
  '.invalid',
  '.local',
  '.localhost',
  '.test',
]

function namedTransport(
  name: string,
  isSips: boolean,
  policy: LocatePolicy,
): Result<OpenTransport, LocateFailure> {
  if (name === 'tls') return fitting(['tls'], policy)
  if (name === 'tcp') return fitting([isSips ? 'tls' : 'tcp'], policy)
  if (name !== 'udp') return failed('transport-unsupported')
  if (isSips) return failed('sips-needs-tls')
  return fitting(policy.isLarge === true ? ['tcp', 'udp'] : ['udp'], policy)
}

function fitting(
  wanted: readonly OpenTransport[],
  policy: LocatePolicy,
): Result<OpenTransport, LocateFailure> {
  const found = wanted.find(transport => policy.transports.includes(transport))
  return found === undefined ? failed('transport-unsupported') : ok(found)
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

function withoutRoot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}
