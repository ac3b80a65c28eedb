import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'
import { BoundedMap } from '../../base/bounded-map.ts'

const REMOTES_KEPT = 10_000

/**
 * The address of this machine that a peer is told when a listener is on all addresses: one on the peer's own link,
 * else the first that is not loopback, of the peer's version. Read once.
 */
export function localAddressFor(): (remote: string) => string {
  const candidates = Object.values(networkInterfaces()).flatMap(each =>
    (each ?? [])
      .filter(({ scopeid }) => scopeid === undefined || scopeid === 0)
      .map(({ address, cidr, internal, family }) => ({
        address,
        internal,
        family,
        link: linkOf(address, cidr, family),
      })),
  )
  const choose = (remote: string): string => {
    const family = remote.includes(':') ? 'IPv6' : 'IPv4'
    const version = family === 'IPv6' ? 'ipv6' : 'ipv4'
    const same = candidates.filter(each => each.family === family)
    const onLink = same.find(each => each.link?.check(remote, version) === true)
    const found = onLink ?? same.find(each => !each.internal) ?? same[0]
    return found?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1')
  }
  // Asked twice a message, and each look at a subnet is a call into native code.
  const chosen = new BoundedMap<string, string>(REMOTES_KEPT)
  return remote => {
    let address = chosen.get(remote)
    if (address === undefined) {
      address = choose(remote)
      chosen.set(remote, address)
    }
    return address
  }
}

function linkOf(address: string, cidr: string | null, family: string): BlockList | undefined {
  const bits = Number(cidr?.split('/')[1] ?? Number.NaN)
  if (Number.isNaN(bits)) return undefined
  const link = new BlockList()
  link.addSubnet(address, bits, family === 'IPv6' ? 'ipv6' : 'ipv4')
  return link
}
