import { ok, type Result } from '../../base/result.ts'
import { LOWER } from '../char-class.ts'
import { endOfUriParams, Params } from '../headers/params.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import {
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
  const octets = octetsOf(text)
  if (!isUri(text, octets, start, end)) return refuse('uri-malformed')
  const { scheme, bodyAt, userEnd, passwordEnd, hostAt, hostEnd, port, paramsAt, paramsEnd } = found
  const hasUser = hostAt > bodyAt
  return ok({
    text: text.slice(start, end),
    scheme,
    user: hasUser ? text.slice(bodyAt, userEnd) : undefined,
    password: passwordEnd > userEnd ? text.slice(userEnd + 1, passwordEnd) : undefined,
    host: hostEnd > hostAt ? hostOf(text, octets, hostAt, hostEnd) : '',
    port: port < 0 ? undefined : port,
    params: Params.at(text, paramsAt, paramsEnd, true),
    headers: paramsEnd < end ? text.slice(paramsEnd + 1, end) : undefined,
  })
}

/** Whether that range is a URI, as `parseUri` takes it. */
export function isUri(text: string, octets: Uint8Array, start: number, end: number): boolean {
  if (isSipColon(octets, start, end)) return isSip(text, octets, start + 4, end, 'sip')
  const colon = endOfScheme(octets, start, end)
  if (colon === start || colon >= end || octets[colon] !== COLON) return false
  const scheme = lowerSlice(text, octets, start, colon)
  if (scheme === 'sips') return isSip(text, octets, colon + 1, end, scheme)
  return scheme === 'tel' ? isTel(text, octets, colon + 1, end) : isOpaque(octets, colon + 1, end, scheme)
}

/** Nearly all URIs begin so; the four characters are not more than that many comparisons. */
function isSipColon(octets: Uint8Array, at: number, end: number): boolean {
  return (
    end - at >= 4 &&
    octets[at + 3] === COLON &&
    LOWER[octets[at] ?? 0] === 115 &&
    LOWER[octets[at + 1] ?? 0] === 105 &&
    LOWER[octets[at + 2] ?? 0] === 112
  )
}

/**
 * A user part may itself hold `;`, `?` and `/` (RFC 3261 §19.1.2): what stands before the `@` is user and password,
 * and where no `@` can follow the host begins at once. A second `@` finds no place where it may stand.
 */
function isSip(text: string, octets: Uint8Array, at: number, end: number, scheme: string): boolean {
  const userEnd = endOfUser(octets, at, end)
  const passwordEnd =
    userEnd < end && octets[userEnd] === COLON ? endOfPassword(octets, userEnd + 1, end) : userEnd
  const hasUser = passwordEnd < end && octets[passwordEnd] === AT
  if (hasUser && userEnd === at) return false
  const hostAt = hasUser ? passwordEnd + 1 : at
  const hostEnd = endOfHost(octets, hostAt, end)
  if (hostEnd === hostAt) return false
  let port = -1
  let next = hostEnd
  if (next < end && octets[next] === COLON) {
    next += 1
    while (next < end && octets[next] !== SEMICOLON && octets[next] !== QUESTION) next += 1
    port = portOf(octets, hostEnd + 1, next)
    if (port < 0) return false
  }
  const paramsEnd = endOfUriParams(text, octets, next, end)
  if (paramsEnd < 0) return false
  found.scheme = scheme
  found.bodyAt = at
  found.userEnd = hasUser ? userEnd : at
  found.passwordEnd = hasUser ? passwordEnd : at
  found.hostAt = hostAt
  found.hostEnd = hostEnd
  found.port = port
  found.paramsAt = next
  found.paramsEnd = paramsEnd
  if (paramsEnd === end) return true
  return octets[paramsEnd] === QUESTION && endOfUriHeaders(octets, paramsEnd + 1, end) === end
}

function isTel(text: string, octets: Uint8Array, at: number, end: number): boolean {
  const numberEnd = endOfPhone(octets, at, end)
  if (numberEnd === at || endOfUriParams(text, octets, numberEnd, end) !== end) return false
  foundPlain('tel', at, numberEnd, numberEnd, end)
  return true
}

/** Visible ASCII only: no blank, control or 8-bit character stands bare in a URI. */
function isOpaque(octets: Uint8Array, at: number, end: number, scheme: string): boolean {
  for (let i = at; i < end; i++) {
    const code = octets[i] ?? 0
    if (code <= 32 || code >= 127 || code === 60 || code === 62 || code === 34) return false
  }
  foundPlain(scheme, at, at, end, end)
  return true
}

/** A URI without host. */
function foundPlain(scheme: string, at: number, userEnd: number, paramsAt: number, end: number): void {
  found.scheme = scheme
  found.bodyAt = at
  found.userEnd = userEnd
  found.passwordEnd = userEnd
  found.hostAt = userEnd
  found.hostEnd = userEnd
  found.port = -1
  found.paramsAt = paramsAt
  found.paramsEnd = end
}
