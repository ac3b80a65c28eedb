/**
 * IP addresses as text (RFC 1123 §2.1 dotted quads, RFC 4291 §2.2), read without a regular expression and
 * without the resolver's leniency: `010.1`, `127.1` and `0x7f.1` are no addresses here.
 */
export type IpKind =
  /** Anything that may be routed in the Internet. */
  | 'global'
  /** Link-local, unique-local and the private ranges of RFC 1918, RFC 6598. */
  | 'private'
  | 'loopback'
  /** Multicast, broadcast, unspecified, reserved: no SIP peer lives there. */
  | 'unusable'

/** The version of an address literal (IPv6 without brackets and zone), or 0 when it is none. */
export function ipVersion(text: string): 0 | 4 | 6 {
  if (text.includes(':')) return groupsOf(text) === undefined ? 0 : 6
  return isQuad(text) ? 4 : 0
}

/** Which kind of address a literal is; undefined when it is no address. */
export function ipKind(text: string): IpKind | undefined {
  const quad = quadOf(text)
  if (quad !== undefined) return kindOfQuad(quad)
  const groups = groupsOf(text)
  return groups === undefined ? undefined : kindOfGroups(groups)
}

/** One text for one address: RFC 5952 for IPv6, and the dotted quad of an IPv4-mapped one. */
export function canonicalIp(text: string): string | undefined {
  if (isQuad(text)) return text
  const groups = groupsOf(text)
  if (groups === undefined) return undefined
  const mapped = embeddedQuad(groups, 0xffff)
  return mapped === undefined ? printGroups(groups) : mapped.join('.')
}

/** The address in binary, in words of 32 bits: one for IPv4, four for IPv6. */
export function ipWords(text: string): readonly number[] | undefined {
  const quad = quadOf(text)
  if (quad !== undefined) {
    const [a = 0, b = 0, c = 0, d = 0] = quad
    return [(a << 24) | (b << 16) | (c << 8) | d]
  }
  const groups = groupsOf(text)
  if (groups === undefined) return undefined
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups
  return [(a << 16) | b, (c << 16) | d, (e << 16) | f, (g << 16) | h]
}

/** The four octets of a dotted quad without leading zeros. */
function quadOf(text: string): readonly number[] | undefined {
  return isQuad(text) ? text.split('.').map(Number) : undefined
}

/** Whether it is a dotted quad; asked several times for each message, so one pass that makes nothing. */
function isQuad(text: string): boolean {
  if (text.length < 7 || text.length > 15) return false
  let dots = 0
  let value = 0
  let digits = 0
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit >= 0 && digit <= 9) {
      if (digits > 0 && value === 0) return false
      value = value * 10 + digit
      digits += 1
      if (value > 255) return false
    } else {
      if (digit !== DOT - ZERO || digits === 0 || dots === 3) return false
      dots += 1
      value = 0
      digits = 0
    }
  }
  return dots === 3 && digits > 0
}

const ZERO = 0x30
const DOT = 0x2e

/** The eight groups of an IPv6 address. */
function groupsOf(text: string): readonly number[] | undefined {
  if (text.length < 2 || text.length > 45 || !text.includes(':')) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = partOf(halves[0] ?? '', halves.length === 1)
  const tail = halves.length === 2 ? partOf(halves[1] ?? '', true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  return [...head, ...Array<number>(missing).fill(0), ...tail]
}

function partOf(text: string, isLast: boolean): readonly number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const words = text.split(':')
  for (const [at, word] of words.entries()) {
    const quad = isLast && at === words.length - 1 ? quadOf(word) : undefined
    if (quad !== undefined) {
      const [a = 0, b = 0, c = 0, d = 0] = quad
      groups.push(a * 256 + b, c * 256 + d)
      continue
    }
    const group = numberOf(word, 16, 4)
    if (group < 0) return undefined
    groups.push(group)
  }
  return groups
}

/** The value of 1 to `maxDigits` digits, or -1. */
function numberOf(text: string, base: 10 | 16, maxDigits: number): number {
  if (text.length === 0 || text.length > maxDigits) return -1
  let value = 0
  for (let at = 0; at < text.length; at += 1) {
    const digit = '0123456789abcdef'.indexOf(text.charAt(at).toLowerCase())
    if (digit < 0 || digit >= base) return -1
    value = value * base + digit
  }
  return value
}

function kindOfQuad(quad: readonly number[]): IpKind {
  const [a = 0, b = 0, c = 0] = quad
  if (a === 127) return 'loopback'
  if (a === 0 || a >= 224) return 'unusable'
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private'
  // 192.0.0.0/24 is for protocols inside a network (RFC 6890 §2.2.2); clouds serve metadata there.
  if (a === 192 && b === 0 && c === 0) return 'private'
  if ((a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254) || (a === 198 && b >= 18 && b < 20)) {
    return 'private'
  }
  return 'global'
}

function kindOfGroups(groups: readonly number[]): IpKind {
  const [first = 0] = groups
  // What hides an IPv4 address is as private as that address: mapped, NAT64 (RFC 6052), 6to4 (RFC 3056), SIIT (RFC 7915).
  const inner =
    embeddedQuad(groups, 0xffff) ?? nat64Quad(groups) ?? sixToFourQuad(groups) ?? translatedQuad(groups)
  if (inner !== undefined) return kindOfQuad(inner)
  // NAT64 inside a network (RFC 8215), and Teredo (RFC 4380), whose address is behind a NAT.
  if (first === 0x64 && groups[1] === 0xff9b && groups[2] === 1) return 'private'
  if (first === 0x2001 && groups[1] === 0) return 'private'
  const zeros = groups.slice(0, 7).every(group => group === 0)
  if (zeros && groups[7] === 1) return 'loopback'
  if (groups.slice(0, 6).every(group => group === 0) || first >= 0xff00) return 'unusable'
  if ((first & 0xfe00) === 0xfc00 || (first & 0xff80) === 0xfe80 || (first & 0xffc0) === 0xfec0)
    return 'private'
  return 'global'
}

function embeddedQuad(groups: readonly number[], sixth: number): readonly number[] | undefined {
  const isEmbedded = groups.slice(0, 5).every(group => group === 0) && groups[5] === sixth
  return isEmbedded ? octetsOf(groups[6], groups[7]) : undefined
}

function nat64Quad(groups: readonly number[]): readonly number[] | undefined {
  const isNat64 = groups[0] === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every(group => group === 0)
  return isNat64 ? octetsOf(groups[6], groups[7]) : undefined
}

function translatedQuad(groups: readonly number[]): readonly number[] | undefined {
  const isTranslated =
    groups.slice(0, 4).every(group => group === 0) && groups[4] === 0xffff && groups[5] === 0
  return isTranslated ? octetsOf(groups[6], groups[7]) : undefined
}

function sixToFourQuad(groups: readonly number[]): readonly number[] | undefined {
  return groups[0] === 0x2002 ? octetsOf(groups[1], groups[2]) : undefined
}

function octetsOf(high = 0, low = 0): readonly number[] {
  return [high >> 8, high & 255, low >> 8, low & 255]
}

function printGroups(groups: readonly number[]): string {
  let start = 0
  let length = 0
  for (let from = 0; from < 8; from += 1) {
    let to = from
    while (to < 8 && groups[to] === 0) to += 1
    if (to - from > length) [start, length] = [from, to - from]
  }
  const hex = groups.map(group => group.toString(16))
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}
