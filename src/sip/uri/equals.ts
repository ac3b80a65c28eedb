import type { Uri } from './uri.ts'

/** Characters that mean the same escaped or not: all but the reserved ones (RFC 3261 §19.1.4). */
const RESERVED = ';/?:@&=+$,%'

/** Parameters that must be on both sides or on neither (RFC 3261 §19.1.4). */
const SIGNIFICANT = ['user', 'ttl', 'method', 'maddr', 'transport']

/** URI equality of RFC 3261 §19.1.4 (MSG-11); opaque and tel URIs compare as text without case. */
export function uriEquals(a: Uri, b: Uri): boolean {
  if (a.text === b.text) return true
  if (a.scheme !== b.scheme) return false
  if (a.host === '') return a.text.toLowerCase() === b.text.toLowerCase()
  if (a.host !== b.host || a.port !== b.port) return false
  if (!sameEscaped(a.user, b.user) || !sameEscaped(a.password, b.password)) return false
  for (const name of SIGNIFICANT) {
    if (a.params.has(name) !== b.params.has(name)) return false
  }
  for (const [name, value] of a.params.entries()) {
    const other = b.params.get(name)
    if (other !== undefined && plain(value).toLowerCase() !== plain(other).toLowerCase()) return false
  }
  return sameHeaders(a.headers, b.headers)
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a === b || plain(a) === plain(b)
}

/** Decodes escapes of unreserved characters and puts the others into one case; never decodes twice. */
function plain(text: string): string {
  if (!text.includes('%')) return text
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char !== '%') {
      out += char
      continue
    }
    const code = Number.parseInt(text.slice(i + 1, i + 3), 16)
    const decoded = String.fromCharCode(code)
    out +=
      code > 32 && code < 127 && !RESERVED.includes(decoded) ? decoded : text.slice(i, i + 3).toUpperCase()
    i += 2
  }
  return out
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
      if (equals < 0) return plain(field).toLowerCase()
      return `${field.slice(0, equals).toLowerCase()}=${plain(field.slice(equals + 1))}`
    })
    .sort()
}

/**
 * The address-of-record of a URI in canonical form: `sip:user@host`, parameters, port and password dropped,
 * escapes of printable characters decoded once, all other octets percent-escaped in upper case, sips as sip
 * (RFC 3261 §10.3 step 5, RFC 5630 §5.2; MSG-12, MSG-13, MSG-14).
 */
export function aorOf(uri: Uri): string {
  if (uri.scheme === 'tel') return `tel:${plain(uri.user ?? '')}`
  return uri.user === undefined ? `sip:${uri.host}` : `sip:${canonicalUser(uri.user)}@${uri.host}`
}

/** The user part as stored and compared: decoded where harmless, escaped where not; `%00` stays `%00`. */
export function canonicalUser(user: string): string {
  return plain(user)
}
