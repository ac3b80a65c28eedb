import { lookup } from 'node:dns/promises'
import { canonicalIp } from '../base/ip-address.ts'
import { isOwnRange, type Target } from './target.ts'

/**
 * Addresses of a target, and of what belongs to it, that lie in no range of one's own: who names them has to say that
 * they are his. A name that cannot be resolved is nobody's yet.
 */
export async function foreignAddresses(target: Target): Promise<readonly string[]> {
  const { admin, phone, diameter } = target
  const hosts = [
    ...(admin === undefined ? [] : [new URL(admin).hostname]),
    ...(phone === undefined ? [] : [phone.host]),
    ...(diameter === undefined ? [] : [diameter.host]),
  ]
  const found = await Promise.all(hosts.map(addressesOf))
  return [...new Set([target.ip, ...found.flat()])].filter(ip => !isOwnRange(ip))
}

async function addressesOf(host: string): Promise<readonly string[]> {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const known = canonicalIp(bare)
  if (known !== undefined) return [known]
  const all = await lookup(bare, { all: true }).catch(() => [])
  return all.map(({ address }) => canonicalIp(address) ?? address)
}
