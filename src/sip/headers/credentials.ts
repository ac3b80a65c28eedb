import { LIMITS } from '../../base/limits.ts'
import { ok, type Result } from '../../base/result.ts'
import { isToken, skipBlanks } from '../chars.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { Params } from './params.ts'

/** One row of Authorization, Proxy-Authorization, WWW-Authenticate or Proxy-Authenticate (RFC 3261 §25.1). */
export interface AuthRow {
  /** Lower case. */
  readonly scheme: string
  /** Names in lower case; values without quotes and backslash escapes (DIG-11). */
  readonly params: Params
  /** The single blob of schemes that have no parameters (Basic, Bearer; RFC 9110 §11.2 token68). */
  readonly token68: string | undefined
}

/**
 * Parses the value of Authorization or Proxy-Authorization: quoted strings are unescaped, a parameter that
 * stands twice is refused, so is one more than the bound (MSG-16).
 * @param text latin-1 text, unfolded
 */
export function parseCredentials(text: string): Result<AuthRow, Refusal> {
  return parseRow(text)
}

/** Parses the value of WWW-Authenticate or Proxy-Authenticate: one challenge a row (RFC 3261 §20.44). */
export function parseChallenge(text: string): Result<AuthRow, Refusal> {
  return parseRow(text)
}

/** Parses `name=value, …`, the value of Authentication-Info (RFC 7616 §3.5). */
export function parseAuthParams(text: string, at = 0): Result<Params, Refusal> {
  // No value may hold one, quoted or not: what is parsed goes into logs and look-ups.
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(text)) return malformed()
  const hasEscapes = text.includes('\\')
  const names: string[] = []
  const values: string[] = []
  at = skipSeparators(text, at)
  while (at < text.length) {
    const nameEnd = endOfPiece(text, at)
    if (!isToken(text, at, nameEnd) || names.length === LIMITS.maxAuthParams) return malformed()
    const name = text.slice(at, nameEnd).toLowerCase()
    if (names.includes(name)) return malformed()
    at = skipBlanks(text, nameEnd)
    if (text.charCodeAt(at) !== 61) return malformed()
    at = skipBlanks(text, at + 1)
    const isQuoted = text.charCodeAt(at) === 34
    const valueEnd = isQuoted ? closingQuote(text, at, hasEscapes) : endOfPlain(text, at)
    if (valueEnd <= at) return malformed()
    const value = text.slice(isQuoted ? at + 1 : at, valueEnd)
    names.push(name)
    values.push(isQuoted && hasEscapes ? unescaped(value) : value)
    at = skipBlanks(text, isQuoted ? valueEnd + 1 : valueEnd)
    if (at < text.length && text.charCodeAt(at) !== 44) return malformed()
    at = skipSeparators(text, at)
  }
  return ok(new Params(names, values))
}

/** A quoted string around any text without control characters (RFC 3261 §25.1 quoted-string). */
export function writeQuoted(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

function parseRow(text: string): Result<AuthRow, Refusal> {
  const at = skipBlanks(text, 0)
  const schemeEnd = endOfPiece(text, at)
  if (!isToken(text, at, schemeEnd)) return malformed()
  const scheme = text.slice(at, schemeEnd).toLowerCase()
  const rest = skipBlanks(text, schemeEnd)
  if (rest === schemeEnd && rest < text.length) return malformed()
  if (isToken68(text, rest)) return ok({ scheme, params: Params.none, token68: text.slice(rest).trimEnd() })
  const params = parseAuthParams(text, rest)
  return params.ok ? ok({ scheme, params: params.value, token68: undefined }) : params
}

function malformed() {
  return refuse('credentials-malformed')
}

/** Blanks and commas: an empty list element means nothing (RFC 9110 §5.6.1.2). */
function skipSeparators(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code !== 44 && code !== 32 && code !== 9) break
  }
  return at
}

/** Runs to the next `=`, `,`, quote or blank. */
function endOfPiece(text: string, at: number): number {
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 61 || code === 44 || code === 34 || code <= 32) break
  }
  return at
}

/** An unquoted value: visible ASCII without quote, comma and backslash; wider than a token, never ambiguous. */
function endOfPlain(text: string, at: number): number {
  const start = at
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 44 || code === 32 || code === 9) return at
    if (code > 126 || code === 34 || code === 92) return start
  }
  return at
}

/** The position of the quote that closes the one at `at`, or 0. */
function closingQuote(text: string, at: number, hasEscapes: boolean): number {
  if (!hasEscapes) return Math.max(0, text.indexOf('"', at + 1))
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 34) return i
    if (code === 92) i += 1
  }
  return 0
}

function unescaped(inside: string): string {
  let out = ''
  for (let i = 0; i < inside.length; i++) {
    if (inside.charCodeAt(i) === 92) i += 1
    out += inside.charAt(i)
  }
  return out
}

/** Whether all that follows is `token68`: no blank inside, `=` only at the end. */
function isToken68(text: string, at: number): boolean {
  const start = at
  while (at < text.length && isToken68Char(text.charCodeAt(at))) at += 1
  if (at === start) return false
  while (text.charCodeAt(at) === 61) at += 1
  return skipBlanks(text, at) === text.length
}

function isToken68Char(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 43 || // +
    code === 45 || // -
    code === 46 || // .
    code === 47 || // /
    code === 95 || // _
    code === 126 // ~
  )
}
