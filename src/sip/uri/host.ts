import { endOfHostName, isDigits, lowerSlice } from '../chars.ts'

const MAX_IPV6_CHARS = 45
const MAX_PORT_DIGITS = 5

/**
 * Where the host at `at` ends: after a name or address, or after the bracket of an IPv6 reference.
 * @returns `at` when no host stands there
 * @see RFC 3261 §25.1 host
 */
export function endOfHost(text: string, at: number, end: number): number {
  if (text.charCodeAt(at) === 91) {
    const close = text.indexOf(']', at)
    return close > at && close < end && isIpv6Text(text, at + 1, close) ? close + 1 : at
  }
  return endOfHostName(text, at, end)
}

/** The host between those positions, lower case, IPv6 without brackets. */
export function hostOf(text: string, at: number, hostEnd: number): string {
  return text.charCodeAt(at) === 91 ? lowerSlice(text, at + 1, hostEnd - 1) : lowerSlice(text, at, hostEnd)
}

/** The port that the digits of the range spell, or -1. */
export function portOf(text: string, start: number, end: number): number {
  if (end - start > MAX_PORT_DIGITS || !isDigits(text, start, end)) return -1
  let port = 0
  for (let i = start; i < end; i++) port = port * 10 + text.charCodeAt(i) - 48
  return port <= 65_535 ? port : -1
}

/**
 * Characters of an IPv6 literal and at least two colons; a full check is left to who uses the address, since
 * RFC 3261's own grammar made three colons in a row (RFC 5954 §3.1).
 */
function isIpv6Text(text: string, start: number, end: number): boolean {
  if (end - start > MAX_IPV6_CHARS) return false
  let colons = 0
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    const letter = code | 32
    if (code === 58) colons += 1
    else if (!(code >= 48 && code <= 57) && !(letter >= 97 && letter <= 102) && code !== 46) return false
  }
  return colons >= 2
}
