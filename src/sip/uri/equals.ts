import { canonicalIp } from '../../base/ip-address.ts'
import { unescapedOnce } from './escapes.ts'
import type { Uri } from './uri.ts'

/** Parameters that must be on both sides or on neither (RFC 3261 §19.1.4). */
const SIGNIFICANT = ['user', 'ttl', 'method', 'maddr', 'transport']

/**
 * Whether two URIs are one (MSG-11): `sip` and `sips` by RFC 3261 §19.1.4, IPv6 addresses by value (RFC 5954 §4.2),
 * `tel` by RFC 3966 §4, other schemes as text without case.
 */
export function uriEquals(a: Uri, b: Uri): boolean {
  if (a.text === b.text) return true
  if (a.scheme !== b.scheme) return false
  if (a.scheme === 'tel') return telEquals(a, b)
  if (a.host === '') return a.text.toLowerCase() === b.text.toLowerCase()
  if (a.port !== b.port || !sameHost(a.host, b.host)) return false
  if (!sameEscaped(a.user, b.user) || !sameEscaped(a.password, b.password)) return false
  for (const name of SIGNIFICANT) {
    if (a.params.has(name) !== b.params.has(name)) return false
  }
  for (const [name, value] of a.params.entries()) {
    const other = b.params.get(name)
    if (other !== undefined && !sameValue(value, other)) return false
  }
  return sameHeaders(a.headers, b.headers)
}

function sameHost(a: string, b: string): boolean {
  if (a === b) return true
  if (!a.includes(':') || !b.includes(':')) return false
  const ip = canonicalIp(a)
  return ip !== undefined && ip === canonicalIp(b)
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a === b || unescapedOnce(a) === unescapedOnce(b)
}

function sameValue(a: string, b: string): boolean {
  return unescapedOnce(a).toLowerCase() === unescapedOnce(b).toLowerCase()
}

/** Header components compare as a set; all count (RFC 3261 §19.1.4). */
function sameHeaders(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const left = headerSet(a)
  const right = headerSet(b)
  return left.length === right.length && left.every((field, i) => field === right[i])
}

function headerSet(headers: string): string[] {
  return headers
    .split('&')
    .map(field => {
      const equals = field.indexOf('=')
      if (equals < 0) return unescapedOnce(field).toLowerCase()
      return `${unescapedOnce(field.slice(0, equals)).toLowerCase()}=${unescapedOnce(field.slice(equals + 1))}`
    })
    .sort()
}

/** Visual separators mean nothing, the order of parameters neither; all parameters count (RFC 3966 §4). */
function telEquals(a: Uri, b: Uri): boolean {
  if (bareNumber(a.user ?? '') !== bareNumber(b.user ?? '') || a.params.size !== b.params.size) return false
  return a.params.entries().every(([name, value]) => {
    const other = b.params.get(name)
    return other !== undefined && sameValue(value, other)
  })
}

function bareNumber(number: string): string {
  return number.replace(/[-.()]/g, '').toLowerCase()
}

/**
 * The address-of-record of a URI in canonical form: `sip:user@host`, parameters, port and password dropped,
 * sips as sip (RFC 3261 §10.3 step 5, RFC 5630 §5.2; MSG-12), the user part as `canonicalUser` says.
 */
export function aorOf(uri: Uri): string {
  if (isAor(uri)) return uri.text
  if (uri.scheme === 'tel') return `tel:${canonicalUser(uri.user ?? '')}`
  return uri.user === undefined ? `sip:${uri.host}` : `sip:${canonicalUser(uri.user)}@${uri.host}`
}

/** Whether it is written as its address-of-record, as most are in From and To: a new text is made of four parts, and hashed anew. */
function isAor({ text, user, host }: Uri): boolean {
  if (user === undefined || text.length !== user.length + host.length + 5) return false
  return text.startsWith('sip:') && text.endsWith(host) && !text.includes('%')
}

/**
 * The user part as stored and compared: escapes of unreserved characters decoded once, all others in upper case, so
 * that `%00` is no end of text and `%3E` no end of a bracket (MSG-13, MSG-14).
 */
export function canonicalUser(user: string): string {
  return unescapedOnce(user)
}
