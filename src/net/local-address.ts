import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Address } from '../base/flow.ts'

/** Version of an address that is known to be one. */
export function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return ip.includes(':') ? 'ipv6' : 'ipv4'
}

/** True for `0.0.0.0` and `::`. */
export function isWildcard(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::'
}

/** True for an address of this machine alone; asked for each datagram, so it only looks at canonical text. */
function isLoopback(ip: string): boolean {
  return ip === '::1' || ip.startsWith('127.')
}

/** Whether a host on the same link as a local address is near; made once, at start. */
export type IsOnLink = (local: string, remote: string) => boolean

/** Reads the subnets of this machine's interfaces. */
export function subnetsOfThisHost(): IsOnLink {
  const subnets = new Map<string, BlockList>()
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, cidr } of addresses ?? []) {
      const prefix = Number(cidr?.split('/')[1] ?? Number.NaN)
      if (Number.isNaN(prefix)) continue
      const block = new BlockList()
      block.addSubnet(address, prefix, familyOf(address))
      subnets.set(address, block)
    }
  }
  return (local, remote) => subnets.get(local)?.check(remote, familyOf(remote)) ?? false
}

/** The addresses that reach this machine. */
export function addressesOfThisHost(): ReadonlySet<string> {
  const own = new Set<string>()
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address } of addresses ?? []) own.add(address)
  }
  return own
}

/**
 * Which of several local addresses a packet for `remote` leaves by: one of the same version, on loopback for
 * loopback only, then one on the same link, then the one bound to all addresses, then the first.
 */
export function chooseLocal<T extends { readonly address: Address }>(
  candidates: readonly T[],
  remote: string,
  isOnLink: IsOnLink,
): T | undefined {
  let best: T | undefined
  let bestRank = 0
  const isRemoteLoopback = isLoopback(remote)
  for (const candidate of candidates) {
    const rank = rankOf(candidate.address.ip, remote, isRemoteLoopback, isOnLink)
    if (rank > bestRank) {
      best = candidate
      bestRank = rank
    }
  }
  return best
}

function rankOf(local: string, remote: string, isRemoteLoopback: boolean, isOnLink: IsOnLink): number {
  if (familyOf(local) !== familyOf(remote)) return 0
  const isLocalLoopback = isLoopback(local)
  // A packet with a loopback source never leaves the machine.
  if (isLocalLoopback && !isRemoteLoopback) return 0
  if (isLocalLoopback && isRemoteLoopback) return 4
  if (isWildcard(local)) return isRemoteLoopback ? 3 : 2
  if (!isRemoteLoopback && isOnLink(local, remote)) return 3
  return 1
}
