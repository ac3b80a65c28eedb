import { domainToASCII } from 'node:url'
import { ipVersion } from '../../base/ip-address.ts'

const MAX_NAME = 253
const MAX_LABEL = 63

/**
 * The form in which SIP domains are compared: lower case, A-labels, no closing dot.
 *
 * Only for names that we were asked to reach or to serve, never for a name out of a certificate: the mapping
 * of IDNA makes different texts equal, and a certificate must hold the A-label already (RFC 5280 §7.2).
 * @returns undefined when it is no DNS name and no IP address
 */
export function canonicalDomain(domain: string): string | undefined {
  if (ipVersion(domain) !== 0) return domain.toLowerCase()
  const ascii = isAscii(domain) ? domain.toLowerCase() : domainToASCII(domain)
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii
  return isDnsName(name) ? name : undefined
}

/** Letters, digits, hyphen and underscore in labels of 1 to 63 characters; no wildcard, no empty label. */
export function isDnsName(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME) return false
  return name.split('.').every(isLabel)
}

function isLabel(label: string): boolean {
  if (label.length === 0 || label.length > MAX_LABEL) return false
  if (label.startsWith('-') || label.endsWith('-')) return false
  for (let at = 0; at < label.length; at += 1) {
    const code = label.charCodeAt(at) | 0x20
    const isLetter = code >= 0x61 && code <= 0x7a && label.charCodeAt(at) >= 0x41
    const isDigit = label.charCodeAt(at) >= 0x30 && label.charCodeAt(at) <= 0x39
    if (!isLetter && !isDigit && label[at] !== '-' && label[at] !== '_') return false
  }
  return true
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false
  return true
}
