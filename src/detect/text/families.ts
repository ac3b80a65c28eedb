import { commandIn } from './commands.ts'
import { formatIn } from './formats.ts'
import { markupIn } from './markup.ts'
import { isHidden, type PlainText, plainText } from './plain-text.ts'
import { isSql } from './sql.ts'

/** What a text would do to whom takes it for more than text. One a line, sorted. */
export type Family =
  | 'command'
  | 'control-character'
  | 'directory'
  | 'format-string'
  | 'header-injection'
  | 'hidden-character'
  | 'log-forgery'
  | 'look-up'
  | 'object-key'
  | 'overlong-encoding'
  | 'path'
  | 'script'
  | 'spreadsheet-formula'
  | 'sql'
  | 'sql-literal'
  | 'template'
  | 'terminal-escape'

/** Families of which an honest text may look like one: little is made of them. */
const WEAK: ReadonlySet<Family> = new Set<Family>([
  'control-character',
  'hidden-character',
  'object-key',
  'spreadsheet-formula',
  'sql-literal',
])

export function isWeak(family: Family): boolean {
  return WEAK.has(family)
}

/**
 * Where a text stands: `free` is a name or a remark of its own, `structured` a field with its own marks, `target` a
 * Request-URI.
 */
export type FieldKind = 'free' | 'structured' | 'target'

/** What a field would do, or undefined. @param raw as it stands on the wire, latin-1 */
export function familyOf(raw: string, kind: FieldKind): Family | undefined {
  const text = plainText(raw)
  return (
    (isSql(text) ? 'sql' : undefined) ??
    octetsIn(raw, text) ??
    (kind !== 'structured' && hasUriHeaders(text.decoded) ? 'header-injection' : undefined) ??
    markupIn(text) ??
    directoryIn(text) ??
    formatIn(raw) ??
    (text.tight.includes('","') || text.tight.includes('":"') ? 'log-forgery' : undefined) ??
    commandIn(text, kind === 'free') ??
    (kind === 'free' ? keyIn(text) : undefined)
  )
}

/** Octets that end lines and strings, or are not seen. */
function octetsIn(raw: string, { decoded }: PlainText): Family | undefined {
  for (let i = 0; i < decoded.length; i += 1) {
    const code = decoded.charCodeAt(i)
    if (code === 13 || code === 10) return 'header-injection'
    if (code === 27) return 'terminal-escape'
    if ((code < 32 && code !== 9) || code === 127) return 'control-character'
    // A terminal takes it for ESC and bracket; letters of other character sets have no number behind them.
    if (code === 0x9b && isDigit(decoded.charCodeAt(i + 1))) return 'terminal-escape'
    if ((code === 0xc0 || code === 0xc1) && (decoded.charCodeAt(i + 1) & 0xc0) === 0x80)
      return 'overlong-encoding'
    if (isHidden(code)) return 'hidden-character'
  }
  return isWrittenLineEnd(raw) ? 'header-injection' : undefined
}

/** Headers of a URI that would steer the request made from it (RFC 3261 §19.1.5). */
function hasUriHeaders(decoded: string): boolean {
  let at = decoded.indexOf('?')
  if (at < 0) return false
  const lower = decoded.toLowerCase()
  for (; at >= 0; at = nextOf(decoded, at + 1)) {
    const end = decoded.indexOf('=', at)
    if (end < 0) return false
    if (STEERING.has(lower.slice(at + 1, end))) return true
  }
  return false
}

function nextOf(decoded: string, from: number): number {
  return decoded.indexOf('&', from)
}

const STEERING: ReadonlySet<string> = new Set([
  ...['authorization', 'body', 'call-id', 'contact', 'cseq', 'p-asserted-identity', 'proxy-authorization'],
  ...['record-route', 'route', 'via'],
])

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** `\r\n` written out as four characters, for who reads such escapes once more. */
function isWrittenLineEnd(raw: string): boolean {
  return raw.includes('\\r\\n') || raw.includes('\\x0d\\x0a') || raw.includes('\\u000a')
}

/** Filters of LDAP, and paths out of a folder. */
function directoryIn({ tight }: PlainText): Family | undefined {
  for (const mark of ['*)(', ')(|', ')(&', '(|(', '(&(', ')(uid=', ')(cn=', ')(objectclass=']) {
    if (tight.includes(mark)) return 'directory'
  }
  for (const mark of ['../', '..\\', '/etc/passwd', '/etc/shadow', '/proc/self', 'c:\\', 'file://']) {
    if (tight.includes(mark)) return 'path'
  }
  return undefined
}

/** Names that mean something to an interpreter by themselves, and literals that hide one. */
function keyIn({ folded }: PlainText): Family | undefined {
  if (KEYS.has(folded)) return 'object-key'
  if (!folded.startsWith('0x') || folded.length < 10 || folded.length % 2 === 1) return undefined
  for (let at = 2; at < folded.length; at += 2) {
    const code = Number.parseInt(folded.slice(at, at + 2), 16)
    if (!(code >= 32 && code < 127)) return undefined
  }
  return 'sql-literal'
}

const KEYS: ReadonlySet<string> = new Set([
  '__defineGetter__'.toLowerCase(),
  '__proto__',
  'constructor',
  'hasownproperty',
  'prototype',
])
