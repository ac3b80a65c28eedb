import { endOfHostName, lowerSlice, numberOf } from '../octets.ts'

const MAX_IPV6_CHARS = 45
const MAX_PORT_DIGITS = 5
const LEFT_BRACKET = 91
const RIGHT_BRACKET = 93

/**
 * Where the host at `at` ends: after a name or address, or after the bracket of an IPv6 reference.
 * @returns `at` when no host stands there
 * @see RFC 3261 §25.1 host
 */
export function endOfHost(octets: Uint8Array, at: number, end: number): number {
  if (at >= end || octets[at] !== LEFT_BRACKET) return endOfHostName(octets, at, end)
  const close = endOfIpv6(octets, at + 1, end)
  return close > at && octets[close] === RIGHT_BRACKET ? close + 1 : at
}

/** The host between those positions, lower case, IPv6 without brackets. */
export function hostOf(text: string, octets: Uint8Array, at: number, hostEnd: number): string {
  return octets[at] === LEFT_BRACKET
    ? lowerSlice(text, octets, at + 1, hostEnd - 1)
    : lowerSlice(text, octets, at, hostEnd)
}

/** The port that a run of digits spells, or -1 when there are none, or too many. */
export function portOf(octets: Uint8Array, start: number, end: number): number {
  if (end - start > MAX_PORT_DIGITS || end === start) return -1
  const port = numberOf(octets, start, end)
  return port <= 65_535 ? port : -1
}

/**
 * Where the characters of an IPv6 literal end, or -1 when they are too many or hold no two colons; a full check is
 * left to who uses the address, since RFC 3261's own grammar made three colons in a row (RFC 5954 §3.1).
 */
function endOfIpv6(octets: Uint8Array, start: number, end: number): number {
  let colons = 0
  let at = start
  for (; at < end && at - start <= MAX_IPV6_CHARS; at++) {
    const code = octets[at] ?? 0
    const letter = code | 32
    if (code === 58) colons += 1
    else if (!(code >= 48 && code <= 57) && !(letter >= 97 && letter <= 102) && code !== 46) break
  }
  return colons >= 2 && at < end && at - start <= MAX_IPV6_CHARS ? at : -1
}
