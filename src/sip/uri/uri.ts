import { ok, type Result } from '../../base/result.ts'
import { endOfUriParams, Params } from '../headers/params.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import {
  endOfDigits,
  endOfPassword,
  endOfPhone,
  endOfScheme,
  endOfUriHeaders,
  endOfUser,
  lowerSlice,
  octetsOf,
} from '../octets.ts'
import { endOfHost, hostOf, portOf } from './host.ts'

/** A SIP, SIPS or tel URI (RFC 3261 §19.1, RFC 3966); other schemes are opaque. */
export interface Uri {
  readonly text: string
  /** Lower case. */
  readonly scheme: string
  /** As written, escapes kept; for tel the subscriber number. */
  readonly user: string | undefined
  readonly password: string | undefined
  /** Lower case, IPv6 without brackets; '' for tel and opaque schemes. */
  readonly host: string
  readonly port: number | undefined
  /** Names in lower case and unescaped, values as written. */
  readonly params: Params
  /** What follows `?`, as written; undefined when there is none. */
  readonly headers: string | undefined
}

const COLON = 58
const SEMICOLON = 59
const QUESTION = 63
const AT = 64

/** Where the parts of the URI that was judged last lie: so that judging one that nobody asks for makes nothing. */
const found = {
  scheme: '',
  bodyAt: 0,
  /** Of user, or of a telephone number. */
  userEnd: 0,
  passwordEnd: 0,
  /** Beyond `bodyAt` where there is a user. */
  hostAt: 0,
  hostEnd: 0,
  port: -1,
  paramsAt: 0,
  paramsEnd: 0,
}

/**
 * Parses a URI; unknown schemes come back opaque, with an empty host.
 * @param text latin-1 text; the URI is its range from `start` to `end`, nothing before or after it
 * @returns `uri-malformed` when it breaks RFC 3261 §19.1 or RFC 3966 §3
 */
export function parseUri(text: string, start = 0, end = text.length): Result<Uri, Refusal> {
  if (start === 0 && end === text.length) return parseWhole(text)
  const octets = octetsOf(text)
  if (endOfUri(text, octets, start, end) !== end) return refuse('uri-malformed')
  return ok(uriFound(text, octets, start, end))
}

/** The last text that was a URI as a whole. */
let lastText: string | undefined
let lastUri: Result<Uri, Refusal> = refuse('uri-malformed')

/** A contact is read where its binding is found, and once more where the request is sent: 0.3 µs. */
function parseWhole(text: string): Result<Uri, Refusal> {
  if (text === lastText) return lastUri
  const octets = octetsOf(text)
  if (endOfUri(text, octets, 0, text.length) !== text.length) return refuse('uri-malformed')
  lastUri = ok(uriFound(text, octets, 0, text.length))
  lastText = text
  return lastUri
}

/** The URI that `endOfUri` found last, from `start` to the `end` that it returned. */
export function uriFound(text: string, octets: Uint8Array, start: number, end: number): Uri {
  const { scheme, bodyAt, userEnd, passwordEnd, hostAt, hostEnd, port, paramsAt, paramsEnd } = found
  const hasUser = hostAt > bodyAt
  return {
    text: text.slice(start, end),
    scheme,
    user: hasUser ? text.slice(bodyAt, userEnd) : undefined,
    password: passwordEnd > userEnd ? text.slice(userEnd + 1, passwordEnd) : undefined,
    host: hostEnd > hostAt ? hostOf(text, octets, hostAt, hostEnd) : '',
    port: port < 0 ? undefined : port,
    params: Params.at(text, paramsAt, paramsEnd, true),
    headers: paramsEnd < end ? text.slice(paramsEnd + 1, end) : undefined,
  }
}

/**
 * Where the URI at `start` ends: before the first octet that no URI can have there. What `parseUri` takes is a URI that
 * ends with its range.
 * @returns -1 when none stands there
 */
export function endOfUri(text: string, octets: Uint8Array, start: number, end: number): number {
  if (isSipColon(octets, start, end)) return endOfSip(text, octets, start + 4, end, 'sip')
  const colon = endOfScheme(octets, start, end)
  if (colon === start || colon >= end || octets[colon] !== COLON) return -1
  const scheme = lowerSlice(text, octets, start, colon)
  if (scheme === 'sips') return endOfSip(text, octets, colon + 1, end, scheme)
  return scheme === 'tel'
    ? endOfTel(text, octets, colon + 1, end)
    : endOfOpaque(octets, colon + 1, end, scheme)
}

/** Nearly all URIs begin so. */
function isSipColon(octets: Uint8Array, at: number, end: number): boolean {
  return (
    end - at >= 4 &&
    octets[at + 3] === COLON &&
    ((octets[at] ?? 0) | 32) === 115 &&
    ((octets[at + 1] ?? 0) | 32) === 105 &&
    ((octets[at + 2] ?? 0) | 32) === 112
  )
}

/**
 * A user part may itself hold `;`, `?` and `/` (RFC 3261 §19.1.2): what stands before the `@` is user and password,
 * and where no `@` can follow the host begins at once. A second `@` finds no place where it may stand.
 */
function endOfSip(text: string, octets: Uint8Array, at: number, end: number, scheme: string): number {
  const userEnd = endOfUser(octets, at, end)
  const passwordEnd =
    userEnd < end && octets[userEnd] === COLON ? endOfPassword(octets, userEnd + 1, end) : userEnd
  const hasUser = passwordEnd < end && octets[passwordEnd] === AT
  if (hasUser && userEnd === at) return -1
  const hostAt = hasUser ? passwordEnd + 1 : at
  const hostEnd = endOfHost(octets, hostAt, end)
  if (hostEnd === hostAt) return -1
  let port = -1
  let next = hostEnd
  if (next < end && octets[next] === COLON) {
    next = endOfDigits(octets, next + 1, end)
    port = portOf(octets, hostEnd + 1, next)
    if (port < 0) return -1
  }
  found.scheme = scheme
  found.bodyAt = at
  found.userEnd = hasUser ? userEnd : at
  found.passwordEnd = hasUser ? passwordEnd : at
  found.hostAt = hostAt
  found.hostEnd = hostEnd
  found.port = port
  found.paramsAt = next
  if (next < end && octets[next] === SEMICOLON) {
    next = endOfUriParams(text, octets, next, end)
    if (next < 0) return -1
  }
  found.paramsEnd = next
  return next < end && octets[next] === QUESTION ? endOfUriHeaders(octets, next + 1, end) : next
}

function endOfTel(text: string, octets: Uint8Array, at: number, end: number): number {
  const numberEnd = endOfPhone(octets, at, end)
  if (numberEnd === at) return -1
  const paramsEnd = endOfUriParams(text, octets, numberEnd, end)
  foundPlain('tel', at, numberEnd, numberEnd, paramsEnd)
  return paramsEnd
}

/** Visible ASCII only: no blank, control or 8-bit character stands bare in a URI. */
function endOfOpaque(octets: Uint8Array, at: number, end: number, scheme: string): number {
  let next = at
  for (; next < end; next++) {
    const code = octets[next] ?? 0
    if (code <= 32 || code >= 127 || code === 60 || code === 62 || code === 34) break
  }
  foundPlain(scheme, at, at, next, next)
  return next
}

/** A URI without host. */
function foundPlain(scheme: string, at: number, userEnd: number, paramsAt: number, paramsEnd: number): void {
  found.scheme = scheme
  found.bodyAt = at
  found.userEnd = userEnd
  found.passwordEnd = userEnd
  found.hostAt = userEnd
  found.hostEnd = userEnd
  found.port = -1
  found.paramsAt = paramsAt
  found.paramsEnd = paramsEnd
}
