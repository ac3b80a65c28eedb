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

/** The address in the words at `at`, as text. */
export function addressText(words: Int32Array, at: number, isV6: boolean): string {
  const first = words[at] ?? 0
  if (!isV6) return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}`
  let text = ''
  for (let word = at; word < at + 4; word += 1) {
    const two = words[word] ?? 0
    text += `${text === '' ? '' : ':'}${(two >>> 16).toString(16)}:${(two & 0xffff).toString(16)}`
  }
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
