import { isDigits } from '../../sip/chars.ts'
import type { Uri } from '../../sip/uri/uri.ts'

/** A caller or callee in canonical form: a telephone number (RFC 8224 §8.3) or a SIP URI (§8.5). */
export interface Party {
  readonly kind: 'tn' | 'uri'
  /** Digits, `#` and `*`; or `sip:user@host` in lower case. */
  readonly value: string
}

/** How this deployment tells numbers from names, and brings numbers to E.164 (RFC 8224 §8.1, §8.3). */
export interface NumberRules {
  /** Whether a SIP user of that host is a telephone number without `user=phone` (`+` and digits always are). */
  readonly isNumber?: (user: string, host: string) => boolean
  /** Country code and number of what was dialled without `+`; undefined when it cannot be told. */
  readonly toE164?: (digits: string) => string | undefined
}

/** E.164 §6.2.1. */
const MAX_E164_DIGITS = 15

/**
 * The canonical form of a callee: a number when the URI is labelled as one, begins with `+`, or the rules say so.
 * @returns undefined when it is neither number nor SIP user, or looks like a number and is none
 * @see RFC 8224 §8.1 (STA-05, STA-06, STA-07)
 */
export function partyOf(uri: Uri, rules: NumberRules): Party | undefined {
  const number = numberOf(uri, rules)
  if (number !== undefined) return { kind: 'tn', value: number }
  return isShownAsNumber(uri) ? undefined : nameOf(uri)
}

/** As `partyOf`, for a caller: what is no E.164 number, a service number say, is a name (RFC 8224 §8.1). */
export function callerOf(uri: Uri, rules: NumberRules): Party | undefined {
  const party = partyOf(uri, rules)
  return party?.kind === 'tn' && !isDigits(party.value) ? nameOf(uri) : party
}

/**
 * Whether a URI of the signalling is the party that a token names. What our rules take for a name and the token for a
 * number may be one when it is all digits: the signer knows its own users (RFC 8224 §8.1). Never the other way, or a
 * domain could vouch for numbers.
 */
export function isParty(uri: Uri, party: Party, rules: NumberRules): boolean {
  const own = partyOf(uri, rules)
  if (own?.kind === party.kind) return own.value === party.value
  if (party.kind === 'uri') return own !== undefined && callerOf(uri, rules)?.value === party.value
  return uri.user !== undefined && isDigits(uri.user) && uri.user === party.value
}

/** Whether both are the same. */
export function sameParty(a: Party, b: Party): boolean {
  return a.kind === b.kind && a.value === b.value
}

function numberOf(uri: Uri, rules: NumberRules): string | undefined {
  const { user, scheme } = uri
  if (user === undefined) return undefined
  if (scheme === 'tel') return canonicalNumber(user, rules)
  if (scheme !== 'sip' && scheme !== 'sips') return undefined
  const first = user.charCodeAt(0)
  // Names begin with letters, nearly always; an escape is below them.
  if (first > 57 && !uri.params.has('user')) return undefined
  const number = subscriberOf(user)
  const isNumber =
    uri.params.get('user')?.toLowerCase() === 'phone' ||
    number.startsWith('+') ||
    rules.isNumber?.(number, uri.host) === true
  return isNumber ? canonicalNumber(number, rules) : undefined
}

/**
 * Parameters of a telephone-subscriber stand inside the user part (RFC 3261 §19.1.6). All escapes are decoded: a phone
 * shows `%2B1215` as +1215, so it must not pass as a name that any domain may prove.
 */
function subscriberOf(user: string): string {
  const text = user.includes('%') ? unescaped(user) : user
  const end = text.indexOf(';')
  return end < 0 ? text : text.slice(0, end)
}

/** `+1%20215%20555…` is no number, but looks like one on a phone, and so it is no name that a domain may prove. */
function isShownAsNumber({ user, scheme }: Uri): boolean {
  if (user === undefined || scheme === 'tel' || user.charCodeAt(0) > 57) return false
  const text = subscriberOf(user)
  return text.startsWith('+') && !/[a-z]/i.test(text)
}

function unescaped(user: string): string {
  return user.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/**
 * Digits without `+` and separators. Letters are no separators: `1a2b` shown to somebody is not the number 12.
 * Without `+` and without a rule, digits are taken for a whole number if they can be one, as in RFC 8224 §5.1.
 */
function canonicalNumber(text: string, rules: NumberRules): string | undefined {
  let digits = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if ((char >= '0' && char <= '9') || char === '*' || char === '#') digits += char
    else if (!'-.()'.includes(char) && !(char === '+' && at === 0)) return undefined
  }
  if (text.startsWith('+')) return isE164(digits) ? digits : undefined
  const converted = rules.toE164?.(digits)
  if (converted !== undefined) return isE164(converted) ? converted : undefined
  return isE164(digits) || isServiceNumber(digits) ? digits : undefined
}

function isE164(digits: string): boolean {
  return isDigits(digits) && digits.length <= MAX_E164_DIGITS && !digits.startsWith('0')
}

/** With `*` or `#`: dialled as it is (RFC 8224 §8.3). */
function isServiceNumber(digits: string): boolean {
  return digits.length > 0 && digits.length <= MAX_E164_DIGITS && !isDigits(digits)
}

/** RFC 8224 §8.5: scheme, user and host in lower case, without port, password, parameters and headers. */
function nameOf(uri: Uri): Party | undefined {
  if ((uri.scheme !== 'sip' && uri.scheme !== 'sips') || uri.user === undefined) return undefined
  const user = normalisedUser(uri.user)
  const host = uri.host.includes(':') ? `[${uri.host}]` : uri.host
  return { kind: 'uri', value: `${uri.scheme}:${user}@${host}` }
}

/** RFC 3986 §6.2.2: octets that need no escape lose it, and the escapes that stay have capital digits. */
function normalisedUser(user: string): string {
  if (!user.includes('%')) return user.toLowerCase()
  let out = ''
  for (let at = 0; at < user.length; at++) {
    const char = user.charAt(at)
    if (char !== '%') {
      out += char.toLowerCase()
      continue
    }
    const triplet = user.slice(at, at + 3)
    const code = Number.parseInt(triplet.slice(1), 16)
    out += isUnreserved(code) ? String.fromCharCode(code).toLowerCase() : triplet.toUpperCase()
    at += 2
  }
  return out
}

/** RFC 3986 §2.3. */
function isUnreserved(code: number): boolean {
  const letter = code | 32
  if ((letter >= 97 && letter <= 122 && code >= 65) || (code >= 48 && code <= 57)) return true
  return code === 45 || code === 46 || code === 95 || code === 126
}
