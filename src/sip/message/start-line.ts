import { LIMITS } from '../../base/limits.ts'
import { isDigits } from '../chars.ts'
import { methodAt } from '../methods.ts'
import { endOfDigits, endOfToken, numberOf } from '../octets.ts'
import type { RefusalName } from './refusal.ts'

/** A Request-Line taken apart (RFC 3261 §7.1). */
export interface RequestLine {
  readonly kind: 'request'
  readonly method: string
  /** Where the Request-URI stands, not looked into. */
  readonly uriStart: number
  readonly uriEnd: number
  /** What is wrong with the line, when the request can still be answered. */
  readonly refusal: RefusalName | undefined
}

/** A Status-Line taken apart (RFC 3261 §7.2). */
export interface StatusLine {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly refusal: undefined
}

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const SLASH = 47
const DELETE = 127

/**
 * Reads the first line of a message.
 * @param octets those of the text
 * @param lineEnd where its CR LF stands
 * @returns a name instead when no message begins there, or a response that nobody can use
 */
export function readStartLine(
  text: string,
  octets: Uint8Array,
  start: number,
  lineEnd: number,
): RequestLine | StatusLine | RefusalName {
  return isSipSlash(octets, start)
    ? readStatusLine(text, octets, start, lineEnd)
    : readRequestLine(text, octets, start, lineEnd)
}

/** Whether `SIP/` stands there in any case; no method holds a slash. */
function isSipSlash(octets: Uint8Array, at: number): boolean {
  return (
    octets[at + 3] === SLASH &&
    ((octets[at] ?? 0) | 32) === 115 &&
    ((octets[at + 1] ?? 0) | 32) === 105 &&
    ((octets[at + 2] ?? 0) | 32) === 112
  )
}

/** `SIP/2.0 SP 3DIGIT SP reason`; a missing reason's space is tolerated. */
function readStatusLine(
  text: string,
  octets: Uint8Array,
  start: number,
  lineEnd: number,
): StatusLine | 'status-line-malformed' {
  const statusAt = start + 8
  const reasonAt = statusAt + 3
  if (lineEnd - start > LIMITS.maxStartLineBytes || reasonAt > lineEnd) return 'status-line-malformed'
  if (!text.startsWith('2.0 ', start + 4) || endOfDigits(octets, statusAt, reasonAt) !== reasonAt)
    return 'status-line-malformed'
  const status = numberOf(octets, statusAt, reasonAt)
  if (status < 100 || status > 699) return 'status-line-malformed'
  if (reasonAt === lineEnd) return { kind: 'response', status, reason: '', refusal: undefined }
  if (octets[reasonAt] !== SPACE) return 'status-line-malformed'
  for (let i = reasonAt; i < lineEnd; i++) {
    const code = octets[i] ?? 0
    if ((code < SPACE && code !== TAB) || code === DELETE) return 'status-line-malformed'
  }
  return { kind: 'response', status, reason: text.slice(reasonAt + 1, lineEnd), refusal: undefined }
}

/** `Method SP Request-URI SP SIP-Version`, exactly one space each. */
function readRequestLine(
  text: string,
  octets: Uint8Array,
  start: number,
  lineEnd: number,
): RequestLine | 'not-sip' {
  const bound = Math.min(lineEnd, start + LIMITS.maxStartLineBytes)
  const methodEnd = text.indexOf(' ', start)
  if (methodEnd <= start || methodEnd >= bound) return 'not-sip'
  const method = methodAt(text, octets, start, methodEnd)
  const uriAt = methodEnd + 1
  if (bound < lineEnd) {
    // Its version stands beyond our bound; it is a request all the same and is told so.
    return { kind: 'request', method, uriStart: uriAt, uriEnd: bound, refusal: 'start-line-too-long' }
  }
  const versionAt = lastVersion(text, octets, methodEnd, lineEnd)
  if (versionAt < 0) return 'not-sip'
  const uriEnd = versionAt - 1
  return {
    kind: 'request',
    method,
    uriStart: uriAt,
    uriEnd: Math.max(uriAt, uriEnd),
    refusal: faultOf(text, octets, start, methodEnd, uriEnd, lineEnd),
  }
}

function faultOf(
  text: string,
  octets: Uint8Array,
  start: number,
  methodEnd: number,
  uriEnd: number,
  lineEnd: number,
): RefusalName | undefined {
  if (endOfToken(octets, start, methodEnd) !== methodEnd) return 'method-malformed'
  const version = faultOfVersion(text, uriEnd + 5, lineEnd)
  if (version !== undefined) return version
  return uriEnd > methodEnd + 1 ? undefined : 'request-line-malformed'
}

/** What is wrong with the line when its Request-URI is none. */
export function faultOfUri(octets: Uint8Array, { uriStart, uriEnd }: RequestLine): RefusalName | undefined {
  for (let i = uriStart; i < uriEnd; i++) {
    const code = octets[i]
    if (code === CR || code === LF) return 'bare-line-end'
    if (code === SPACE || code === TAB) return 'request-line-malformed'
  }
  return undefined
}

/** Judges what stands behind `SIP/`. */
function faultOfVersion(text: string, at: number, lineEnd: number): RefusalName | undefined {
  if (lineEnd - at === 3 && text.startsWith('2.0', at)) return undefined
  const dot = text.indexOf('.', at)
  if (dot < 0 || dot >= lineEnd || !isDigits(text, at, dot)) return 'request-line-malformed'
  const version = text.slice(at, lineEnd).trimEnd()
  if (!isDigits(version, dot + 1 - at)) return 'request-line-malformed'
  return version === '2.0' ? 'request-line-malformed' : 'version-not-supported'
}

/** The `SIP/` behind the last space that has one, not before `from`; or -1. */
function lastVersion(text: string, octets: Uint8Array, from: number, lineEnd: number): number {
  const usual = lineEnd - 7
  if (usual > from && octets[usual - 1] === SPACE && isSipSlash(octets, usual)) return usual
  // Most of what is no SIP has no slash at all, and finding none is quick.
  const slash = text.indexOf('/', from)
  if (slash < 0 || slash > lineEnd) return -1
  for (let at = lineEnd - 4; at > from; at--) {
    if (octets[at - 1] === SPACE && isSipSlash(octets, at)) return at
  }
  return -1
}
