import { canonicalIp, ipWords } from '../base/ip-address.ts'
import { DATAGRAM_WORDS, REMOTE, SCOPE } from './batch-layout.ts'

/** Numbers for the zones of link-local addresses: names of this machine's interfaces. */
const scopes = new Map<string, number>()

/**
 * Writes an address literal into the words of a datagram (`batch-layout.ts`); what is no address becomes all zeros.
 * @param ip IPv4, or IPv6 with or without zone
 */
export function writeAddress(ip: string, words: Int32Array): void {
  const percent = ip.indexOf('%')
  const [first = 0, second = 0, third = 0, fourth = 0] =
    ipWords(percent < 0 ? ip : ip.slice(0, percent)) ?? []
  words[REMOTE] = first
  words[REMOTE + 1] = second
  words[REMOTE + 2] = third
  words[REMOTE + 3] = fourth
  words[SCOPE] = percent < 0 ? 0 : scopeOf(ip.slice(percent + 1))
}

/** The address of up to four words, as text. */
export function addressText(a: number, b: number, c: number, d: number, isV6: boolean): string {
  if (!isV6) return `${a >>> 24}.${(a >>> 16) & 255}.${(a >>> 8) & 255}.${a & 255}`
  const text = [a, b, c, d]
    .map(two => `${(two >>> 16).toString(16)}:${(two & 0xffff).toString(16)}`)
    .join(':')
  return canonicalIp(text) ?? text
}

/** Words for one address, to look up with. */
export function newAddressWords(): Int32Array {
  return new Int32Array(DATAGRAM_WORDS)
}

function scopeOf(zone: string): number {
  const known = scopes.get(zone)
  if (known !== undefined) return known
  scopes.set(zone, scopes.size + 1)
  return scopes.size
}
