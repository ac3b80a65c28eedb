import { networkInterfaces } from 'node:os'
import type { Address, TransportName } from '../../base/flow.ts'
import { canonicalIp } from '../../base/ip-address.ts'
import type { OwnAddresses } from './settings.ts'

/** Ports that a URI without one leads to (RFC 3261 §19.1.2). */
const DEFAULT_PORTS = [5060, 5061]

/**
 * The addresses at which this machine is reached by our listeners, and the name that we advertise.
 * @param listeners as bound; a listener on all addresses counts for every interface
 */
export function ownAddresses(
  listeners: readonly { readonly transport: TransportName; readonly address: Address }[],
  advertisedHost: string | undefined,
): OwnAddresses {
  const hosts = new Set<string>()
  const ports = new Set<number>()
  for (const { address } of listeners) {
    ports.add(address.port)
    for (const ip of isAny(address.ip) ? addressesOfMachine() : [address.ip]) hosts.add(canonicalIp(ip) ?? ip)
  }
  if (advertisedHost !== undefined) hosts.add(canonicalIp(advertisedHost) ?? advertisedHost.toLowerCase())
  const isOurHost = (host: string): boolean => hosts.has(host) || hosts.has(canonicalIp(host) ?? host)
  return {
    isOurHost,
    isOurs: (host, port) => {
      // The port first: the contact of a phone has mostly another, and then its host is not read as an address.
      if (!(port === undefined ? DEFAULT_PORTS.some(each => ports.has(each)) : ports.has(port))) return false
      return host === '' || isOurHost(host)
    },
  }
}

function isAny(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}

function addressesOfMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap(each => (each ?? []).map(({ address }) => address))
}
