import { BlockList, isIPv6 } from 'node:net'
import type { Flow } from '../base/flow.ts'
import type { KnownTrunk } from '../pipeline/ports.ts'
import type { Config, TrunkConfig } from './config/config.ts'

interface Neighbour extends KnownTrunk {
  /** Addresses that it may come from; undefined when any will do. */
  readonly addresses: BlockList | undefined
  readonly isPlain: boolean
}

/**
 * Who a flow belongs to, when it is a neighbour's: by the certificate that the peer proved (RFC 5922 §7.4), or by
 * address alone where the configuration says that this is insecure and why.
 */
export class Neighbours {
  readonly #all: readonly Neighbour[]

  constructor(config: Config) {
    this.#all = config.trunks.map(neighbourOf)
  }

  /** Name of the trunk that a host or domain belongs to. */
  trunkOfHost(host: string): string | undefined {
    return this.#all.find(neighbour => neighbour.domains.includes(host))?.name
  }

  /** Name of the trunk that comes from an address, where the address alone tells. */
  trunkOfAddress(ip: string): string | undefined {
    return this.#all.find(({ isPlain, addresses }) => isPlain && holds(addresses, ip))?.name
  }

  trunkOf(flow: Flow): KnownTrunk | undefined {
    for (const neighbour of this.#all) {
      if (neighbour.isPlain ? isFromItsAddress(neighbour, flow) : hasItsIdentity(neighbour, flow))
        return neighbour
    }
    return undefined
  }
}

function neighbourOf(trunk: TrunkConfig): Neighbour {
  return {
    name: trunk.name,
    identities: trunk.identities,
    reachesOwnUsers: trunk.reach === 'own-users',
    isTrusted: trunk.trusted,
    domains: [...new Set([...trunk.domains, ...trunk.identities, trunk.host])],
    addresses: trunk.addresses.length === 0 ? undefined : addressList(trunk.addresses),
    isPlain: trunk.isPlain,
  }
}

function hasItsIdentity(neighbour: Neighbour, flow: Flow): boolean {
  if (!flow.isSecure || flow.peerIdentities.length === 0) return false
  if (!neighbour.identities.some(identity => flow.peerIdentities.includes(identity))) return false
  return neighbour.addresses === undefined || isFromItsAddress(neighbour, flow)
}

function isFromItsAddress({ addresses }: Neighbour, flow: Flow): boolean {
  return holds(addresses, flow.remote.ip)
}

function holds(addresses: BlockList | undefined, ip: string): boolean {
  return addresses?.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4') ?? false
}

/** The configuration has checked each text: an address or a prefix. */
function addressList(texts: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of texts) {
    const [ip = '', bits] = text.split('/')
    const family = isIPv6(ip) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(ip, family)
    else list.addSubnet(ip, Number(bits), family)
  }
  return list
}
