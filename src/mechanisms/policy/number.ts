import type { Uri } from '../../sip/uri/uri.ts'

/** How numbers are dialled where the users are. */
export interface NumberPlan {
  /** Country code, digits only. */
  readonly country: string
  /** What is dialled before another country's number: `00`, `011`. */
  readonly internationalPrefix: string
  /** What is dialled before a number of the own country: `0`, `1`, or ''. */
  readonly nationalPrefix: string
  /** Digits from which on a number without any prefix is one of the own country; 0: never. */
  readonly nationalDigits: number
}

/**
 * number: digits and visual separators only · code: a service code such as `*97` · name: it has letters, or no digit ·
 * unreadable: it means a number to somebody, and not surely the one that we would read.
 */
export type NumberKind = 'number' | 'code' | 'name' | 'unreadable'

/** What the user part of a URI says to who dials it. One object is used again and again: read it before the next. */
export interface NumberReading {
  readonly kind: NumberKind
  /** Why it is unreadable, else ''. */
  readonly why: string
  /**
   * Canonical digits, 0 to 9, and `PLUS` first in an international number. Of a name those that it begins with: a
   * gateway may dial that far.
   */
  readonly digits: Uint8Array
  readonly length: number
}

/** Stands for `+` among digits. */
export const PLUS = 10

/** E.164 has 15 digits; prefixes and what a gateway takes beyond do not make more of it. */
const MAX_DIGITS = 32

/** Parameters that send a call elsewhere than its digits say (RFC 4694, RFC 4904): a user has no use for them. */
const ROUTING = new Set(['rn', 'rn-context', 'cic', 'cic-context', 'npdi', 'tgrp', 'trunk-context'])

const SEMICOLON = 59
const PERCENT = 37

interface Reading {
  kind: NumberKind
  why: string
  digits: Uint8Array
  length: number
}

const raw = new Uint8Array(MAX_DIGITS)
const reading: Reading = { kind: 'name', why: '', digits: new Uint8Array(MAX_DIGITS + 8), length: 0 }

/**
 * Reads a number in any of its spellings (RFC 3966 §5.1): separators, escapes and dialling prefixes make no
 * difference; what could be taken for another number than it looks like is `unreadable`.
 * @param isServed whether a phone-context names a domain of ours
 * @param mayRoute the caller is a neighbour, whose routing parameters are its business
 */
export function readNumber(
  uri: Uri,
  plan: NumberPlan | undefined,
  isServed: (host: string) => boolean,
  mayRoute: boolean,
): NumberReading {
  const user = uri.user ?? ''
  const isPhone = uri.scheme === 'tel' || uri.params.get('user')?.toLowerCase() === 'phone'
  reading.kind = 'name'
  reading.why = ''
  reading.length = 0
  const end = walk(user, isPhone, plan)
  if (isDialled(reading)) {
    const trouble = parameterTrouble(uri, user, end, isServed, mayRoute)
    if (trouble !== '') unreadable(trouble)
  }
  return reading
}

function isDialled({ kind }: NumberReading): boolean {
  return kind === 'number' || kind === 'code'
}

/** The reading as text: `+442079460123`; '' when nothing can be dialled. */
export function digitsOf({ digits, length }: NumberReading): string {
  let text = ''
  for (let i = 0; i < length; i++) text += digits[i] === PLUS ? '+' : String(digits[i])
  return text
}

/**
 * A prefix or number of the configuration in the same canonical form, so that `0900*` and `+44900*` are one where the
 * plan says so.
 * @param text digits, with `+` before them or not
 */
export function canonicalPrefix(text: string, plan: NumberPlan | undefined): string {
  if (plan === undefined) return text
  const { country, internationalPrefix, nationalPrefix } = plan
  let number = text
  if (!text.startsWith('+')) {
    if (internationalPrefix !== '' && text.startsWith(internationalPrefix))
      number = `+${text.slice(internationalPrefix.length)}`
    else if (nationalPrefix !== '' && text.startsWith(nationalPrefix))
      number = `+${country}${text.slice(nationalPrefix.length)}`
  }
  const inCountry = `+${country}`
  if (!isDropped(plan) || !number.startsWith(inCountry)) return number
  let national = number.slice(inCountry.length)
  while (national.startsWith(nationalPrefix)) national = national.slice(nationalPrefix.length)
  return `${inCountry}${national}`
}

/**
 * Whether a national prefix behind the country code says nothing, as in `+44 (0)20`, however often it is there: so where no
 * number of the country begins with it. The 8 of Russia is one that many do (`+7 812`).
 */
function isDropped({ country, nationalPrefix }: NumberPlan): boolean {
  return nationalPrefix.startsWith('0') || (nationalPrefix !== '' && nationalPrefix === country)
}

/** One walk over the user part, up to its parameters. @returns where that ended */
function walk(user: string, isPhone: boolean, plan: NumberPlan | undefined): number {
  let length = 0
  let hasPlus = false
  let hasLetter = false
  let hasCode = false
  let odd = ''
  let isLeading = true
  let i = 0
  for (; i < user.length; i++) {
    let code = user.charCodeAt(i)
    if (code === SEMICOLON) break
    if (code === PERCENT) {
      code = Number.parseInt(user.slice(i + 1, i + 3), 16)
      i += 2
    }
    if (code >= 48 && code <= 57) {
      if (!isLeading) continue
      if (length === MAX_DIGITS) odd = 'it is too long'
      else raw[length++] = code - 48
    } else if (code === 43 && length === 0 && !hasPlus && isLeading) hasPlus = true
    else if (code === 42 || code === 35) {
      hasCode = true
      isLeading = false
    } else if (!isSeparator(code)) {
      const isLetter = (code | 32) >= 97 && (code | 32) <= 122
      if (isLetter) hasLetter = true
      else odd = code > 127 ? 'it holds characters beyond ASCII' : 'it holds what no number has'
      isLeading = false
    }
  }
  canonicalise(length, hasPlus, plan)
  if (hasLetter) {
    if (isPhone) unreadable('it holds letters')
  } else if (odd !== '') {
    if (isPhone || hasDigit(user)) unreadable(odd)
  } else if (hasCode) reading.kind = 'code'
  else if (length > 0) {
    reading.kind = 'number'
    if (plan !== undefined && reading.digits[0] === PLUS && reading.digits[1] === 0)
      unreadable('no country begins with 0')
  }
  return i
}

/** RFC 3966 §3: visual separators. */
function isSeparator(code: number): boolean {
  return code === 45 || code === 46 || code === 40 || code === 41
}

/** Whether any script's digit is in it; asked of what has odd characters only. */
function hasDigit(user: string): boolean {
  const octets = plainText(user)
  return /\d/.test(octets) || /\p{Nd}/u.test(Buffer.from(octets, 'latin1').toString('utf8'))
}

function unreadable(why: string): void {
  reading.kind = 'unreadable'
  reading.why = why
}

/** Writes the digits that were walked over as they are compared. */
function canonicalise(length: number, hasPlus: boolean, plan: NumberPlan | undefined): void {
  if (plan === undefined) return write(hasPlus, '', 0, length)
  const { country, internationalPrefix, nationalPrefix, nationalDigits } = plan
  let from = 0
  let isInternational = hasPlus
  if (!hasPlus && internationalPrefix !== '' && begins(0, length, internationalPrefix)) {
    isInternational = true
    from = internationalPrefix.length
  }
  if (!isInternational) {
    if (nationalPrefix !== '' && begins(0, length, nationalPrefix))
      return write(true, country, pastPrefixes(nationalPrefix.length, length, plan), length)
    const isNational = nationalDigits > 0 && length >= nationalDigits
    return write(isNational, isNational ? country : '', 0, length)
  }
  // `+44 (0)20`: dialled that way, a gateway drops the zero.
  if (!begins(from, length, country)) return write(true, '', from, length)
  write(true, country, pastPrefixes(from + country.length, length, plan), length)
}

/** Where the digits go on behind national prefixes that say nothing. */
function pastPrefixes(from: number, length: number, plan: NumberPlan): number {
  const { nationalPrefix } = plan
  let at = from
  if (isDropped(plan)) while (begins(at, length, nationalPrefix)) at += nationalPrefix.length
  return at
}

function begins(at: number, length: number, digits: string): boolean {
  if (length - at < digits.length) return false
  for (let i = 0; i < digits.length; i++) if (raw[at + i] !== digits.charCodeAt(i) - 48) return false
  return true
}

function write(hasPlus: boolean, country: string, from: number, length: number): void {
  const { digits } = reading
  let at = 0
  if (hasPlus) digits[at++] = PLUS
  for (let i = 0; i < country.length; i++) digits[at++] = country.charCodeAt(i) - 48
  for (let i = from; i < length; i++) digits[at++] = raw[i] ?? 0
  reading.length = at
}

/** What is wrong with the parameters of a number, in tel as in the user part of sip (RFC 3261 §19.1.6); '' is nothing. */
function parameterTrouble(
  uri: Uri,
  user: string,
  end: number,
  isServed: (host: string) => boolean,
  mayRoute: boolean,
): string {
  if (uri.scheme === 'tel' ? uri.params.size === 0 : end >= user.length) return ''
  const params =
    uri.scheme === 'tel'
      ? uri.params.entries()
      : user
          .slice(end + 1)
          .split(';')
          .map(nameAndValue)
  for (const [name, value] of params) {
    if (name === 'phone-context') {
      const context = plainText(value).toLowerCase()
      if (!isServed(context)) return 'its phone-context is not a domain of ours'
    }
    if (!mayRoute && ROUTING.has(name)) return `${name} would send it elsewhere`
  }
  return ''
}

function nameAndValue(param: string): readonly [string, string] {
  const equals = param.indexOf('=')
  const name = equals < 0 ? param : param.slice(0, equals)
  return [plainText(name).toLowerCase(), equals < 0 ? '' : param.slice(equals + 1)]
}

function plainText(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
