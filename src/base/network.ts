import { canonicalIp, ipWords } from './ip-address.ts'

/** An IPv4 network, or an IPv6 one of at most 64 bits: who has one address of a /64 has all. */
export interface Network {
  readonly version: 4 | 6
  /** Length of the prefix: 0 to 32, or 0 to 64. */
  readonly bits: number
  /** First 32 bits, unsigned; the rest of the prefix is zero. */
  readonly high: number
  /** The 32 bits after those; 0 for IPv4. */
  readonly low: number
  /** `192.0.2.7`, `192.0.2.0/24`, `2001:db8:0:1::/64`. */
  readonly text: string
}

/**
 * Reads an address or a network (`192.0.2.0/24`, `2001:db8::/48`); an IPv6 address stands for its /64, and bits behind
 * the prefix are cleared.
 */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const ip = slash < 0 ? text : text.slice(0, slash)
  const quad = quadWord(ip)
  const bits = slash < 0 ? undefined : decimal(text.slice(slash + 1))
  if (slash >= 0 && bits === undefined) return undefined
  if (quad >= 0) return bits !== undefined && bits > 32 ? undefined : networkOf(4, bits ?? 32, quad, 0)
  if (!ip.includes(':')) return undefined
  const words = ipWords(ip)
  if (words === undefined || (bits !== undefined && bits > 128)) return undefined
  const [high = 0, low = 0] = words
  return networkOf(6, Math.min(bits ?? 64, 64), high >>> 0, low >>> 0)
}

/** An IPv4 address as an unsigned number, or -1; an IPv4-mapped IPv6 one is the IPv4 one. Makes nothing. */
export function quadWord(ip: string): number {
  let at = ip.startsWith(MAPPED) ? MAPPED.length : 0
  if (ip.length - at < 7 || ip.length - at > 15) return -1
  let word = 0
  let octet = 0
  let digits = 0
  let dots = 0
  for (; at < ip.length; at += 1) {
    const digit = ip.charCodeAt(at) - 0x30
    if (digit >= 0 && digit <= 9) {
      if (digits > 0 && octet === 0) return -1
      octet = octet * 10 + digit
      digits += 1
      if (octet > 255) return -1
      continue
    }
    if (digit !== -2 || digits === 0 || dots === 3) return -1
    dots += 1
    word = word * 256 + octet
    octet = 0
    digits = 0
  }
  return dots === 3 && digits > 0 ? word * 256 + octet : -1
}

const MAPPED = '::ffff:'

/** The first `bits` of 32; unsigned. */
export function masked(word: number, bits: number): number {
  if (bits <= 0) return 0
  return bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0
}

function networkOf(version: 4 | 6, bits: number, high: number, low: number): Network {
  const first = masked(high, bits)
  const second = masked(low, bits - 32)
  return { version, bits, high: first, low: second, text: textOf(version, bits, first, second) }
}

function textOf(version: 4 | 6, bits: number, high: number, low: number): string {
  if (version === 4) {
    const quad = `${high >>> 24}.${(high >>> 16) & 255}.${(high >>> 8) & 255}.${high & 255}`
    return bits === 32 ? quad : `${quad}/${bits}`
  }
  const groups = [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff].map(group => group.toString(16))
  return `${canonicalIp(`${groups.join(':')}::`) ?? '::'}/${bits}`
}

/** Up to three digits, without leading zeros. */
function decimal(text: string): number | undefined {
  return /^(0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : undefined
}
