import { LIMITS } from '../../base/limits.ts'
import { failed, ok, type Result } from '../../base/result.ts'
import { isToken, trimmed } from '../../sip/chars.ts'
import type { IdentityFailure } from './failure.ts'

/** An Identity header field, taken apart (RFC 8224 §4); the token itself is not looked into. */
export interface IdentityHeader {
  /** Three parts with dots between; compact form has only the last. */
  readonly token: string
  /** Where the certificate is: `info`. */
  readonly info: string
  /** Undefined without the parameter. */
  readonly alg: string | undefined
  /** '' without the parameter. */
  readonly ppt: string
}

/** Longest URL of a certificate. */
const MAX_INFO_CHARS = 1024

/**
 * Reads one Identity header field. A comma makes no list of it: each has a line of its own.
 * @see RFC 8224 §4, and C-13 for what the grammar forgot
 */
export function parseIdentity(value: string): Result<IdentityHeader, IdentityFailure> {
  if (value.length > LIMITS.maxIdentityBytes) return failed('header-too-large')
  const tokenEnd = value.indexOf(';')
  const token = trimmed(value, 0, tokenEnd < 0 ? value.length : tokenEnd)
  if (tokenEnd < 0 || !isTokenText(token)) return failed('header-malformed')
  let info: string | undefined
  let alg: string | undefined
  let ppt: string | undefined
  for (let at = tokenEnd + 1; at <= value.length; ) {
    const end = endOfParam(value, at)
    const equals = value.indexOf('=', at)
    const nameEnd = equals < 0 || equals > end ? end : equals
    const name = trimmed(value, at, nameEnd).toLowerCase()
    const text = nameEnd < end ? trimmed(value, nameEnd + 1, end) : ''
    if (!isToken(name)) return failed('header-malformed')
    if (name === 'info') {
      const url = info === undefined ? urlOf(text) : undefined
      if (url === undefined) return failed('header-malformed')
      info = url
    } else if (name === 'alg' || name === 'ppt') {
      const word = (name === 'alg' ? alg : ppt) === undefined ? wordOf(text) : undefined
      if (word === undefined) return failed('header-malformed')
      if (name === 'alg') alg = word
      else ppt = word
    }
    at = end + 1
  }
  return info === undefined ? failed('header-malformed') : ok({ token, info, alg, ppt: ppt ?? '' })
}

/** Writes an Identity header field, in the order that every reader knows. @see RFC 8224 §4 (STA-10) */
export function writeIdentity(token: string, info: string, ppt: string): string {
  const head = `${token};info=<${info}>;alg=ES256`
  return ppt === '' ? head : `${head};ppt="${ppt}"`
}

/** Whether an URL can stand in `info` and in `x5u`: printable, without what would end it there. */
export function isInfoUrl(url: string): boolean {
  if (url.length === 0 || url.length > MAX_INFO_CHARS) return false
  for (let at = 0; at < url.length; at++) {
    const code = url.charCodeAt(at)
    if (code <= 32 || code >= 127 || '<>"\\'.includes(url.charAt(at))) return false
  }
  return true
}

/** Characters of base64url, and dots. */
function isTokenText(text: string): boolean {
  if (text.length === 0) return false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122
    const isOther = (code >= 48 && code <= 57) || code === 45 || code === 46 || code === 95
    if (!isLetter && !isOther) return false
  }
  return true
}

/** The next semicolon that stands neither in an URL nor in quotes, or the end. */
function endOfParam(value: string, start: number): number {
  let closes = ''
  for (let at = start; at < value.length; at++) {
    const char = value.charAt(at)
    if (closes !== '') {
      if (char === closes) closes = ''
    } else if (char === '<') closes = '>'
    else if (char === '"') closes = '"'
    else if (char === ';') return at
  }
  return value.length
}

function urlOf(text: string): string | undefined {
  const url = text.startsWith('<') && text.endsWith('>') ? text.slice(1, -1) : ''
  return isInfoUrl(url) ? url : undefined
}

/** A token, in quotes or bare (C-13). */
function wordOf(text: string): string | undefined {
  const isQuoted = text.length > 2 && text.startsWith('"') && text.endsWith('"')
  const word = isQuoted ? text.slice(1, -1) : text
  return isToken(word) ? word : undefined
}
