import { canonicalIp } from './ip-address.ts'

/** One who has an IPv6 address has the 2^64 of its network: they count as one. */
export function sourceOf(ip: string): string {
  if (!ip.includes(':')) return ip
  const canonical = canonicalIp(ip.split('%')[0] ?? '') ?? ip
  if (!canonical.includes(':')) return canonical
  const [head = '', tail] = canonical.split('::')
  const groups = head === '' ? [] : head.split(':')
  // What `::` stands for is zeros; those within the first 64 bits are written out.
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':')
  while (tail !== undefined && groups.length + tailGroups.length < 8) groups.push('0')
  return `${[...groups, ...tailGroups].slice(0, 4).join(':')}::/64`
}

/** The network of a source, as `sourceOf` gives it: an IPv4 /24, an IPv6 /48. */
export function prefixOf(source: string): string {
  if (source.includes(':')) return `${source.split(':').slice(0, 3).join(':')}::/48`
  return `${source.slice(0, source.lastIndexOf('.'))}.0/24`
}
