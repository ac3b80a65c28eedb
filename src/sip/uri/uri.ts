import { ok, type Result } from '../../base/result.ts'
import {
  endOfParamPart,
  endOfPassword,
  endOfPhone,
  endOfScheme,
  endOfUser,
  isUriHeaders,
  lowerSlice,
} from '../chars.ts'
import { addParam, newParamList, type ParamList, Params, paramsOf } from '../headers/params.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { unescapedOnce } from './escapes.ts'
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
const EQUALS = 61
const QUESTION = 63
const AT = 64

/**
 * Parses a URI; unknown schemes come back opaque, with an empty host.
 * @param text latin-1 text; the URI is its range from `start` to `end`, nothing before or after it
 * @returns `uri-malformed` when it breaks RFC 3261 §19.1 or RFC 3966 §3
 */
export function parseUri(text: string, start = 0, end = text.length): Result<Uri, Refusal> {
  if (end - start > 4 && text.startsWith('sip:', start)) return parseSip(text, start, end, 'sip', start + 4)
  const colon = endOfScheme(text, start, end)
  if (colon === start || colon >= end || text.charCodeAt(colon) !== COLON) return malformed()
  const scheme = lowerSlice(text, start, colon)
  if (scheme === 'sip' || scheme === 'sips') return parseSip(text, start, end, scheme, colon + 1)
  if (scheme === 'tel') return parseTel(text, start, end, colon + 1)
  return isOpaque(text, colon + 1, end) ? ok(plainUri(text.slice(start, end), scheme)) : malformed()
}

function malformed() {
  return refuse('uri-malformed')
}

/**
 * A user part may itself hold `;`, `?` and `/` (RFC 3261 §19.1.2): what stands before the `@` is user and password,
 * and where no `@` can follow the host begins at once. A second `@` finds no place where it may stand.
 */
function parseSip(
  text: string,
  start: number,
  end: number,
  scheme: string,
  at: number,
): Result<Uri, Refusal> {
  let user: string | undefined
  let password: string | undefined
  let hostAt = at
  const userEnd = endOfUser(text, at, end)
  const passwordEnd =
    userEnd < end && text.charCodeAt(userEnd) === COLON ? endOfPassword(text, userEnd + 1, end) : userEnd
  if (passwordEnd < end && text.charCodeAt(passwordEnd) === AT) {
    if (userEnd === at) return malformed()
    user = text.slice(at, userEnd)
    if (passwordEnd > userEnd) password = text.slice(userEnd + 1, passwordEnd)
    hostAt = passwordEnd + 1
  }
  const hostEnd = endOfHost(text, hostAt, end)
  if (hostEnd === hostAt) return malformed()
  let port: number | undefined
  let next = hostEnd
  if (next < end && text.charCodeAt(next) === COLON) {
    const portAt = next + 1
    next = portAt
    while (next < end && !isEndOfPort(text.charCodeAt(next))) next += 1
    port = portOf(text, portAt, next)
    if (port < 0) return malformed()
  }
  let params = Params.none
  if (next < end && text.charCodeAt(next) === SEMICOLON) {
    const read = readParams(text, next, end)
    if (read === undefined) return malformed()
    params = read.params
    next = read.end
  }
  let headers: string | undefined
  if (next < end) {
    if (text.charCodeAt(next) !== QUESTION || !isUriHeaders(text, next + 1, end)) return malformed()
    headers = text.slice(next + 1, end)
  }
  const host = hostOf(text, hostAt, hostEnd)
  return ok({ text: text.slice(start, end), scheme, user, password, host, port, params, headers })
}

function isEndOfPort(code: number): boolean {
  return code === SEMICOLON || code === QUESTION
}

/** Reads `;name[=value]…` from the semicolon at `at` to `?` or the end. */
function readParams(text: string, at: number, end: number): { params: Params; end: number } | undefined {
  let params: ParamList | undefined
  while (at < end && text.charCodeAt(at) === SEMICOLON) {
    const nameEnd = endOfParamPart(text, at + 1, end)
    if (nameEnd === at + 1) return undefined
    // `m%61ddr` is `maddr` (RFC 3261 §19.1.4): who reads it must not be passed by in disguise.
    const name = unescapedOnce(text.slice(at + 1, nameEnd)).toLowerCase()
    at = nameEnd
    let value = ''
    if (at < end && text.charCodeAt(at) === EQUALS) {
      const valueEnd = endOfParamPart(text, at + 1, end)
      if (valueEnd === at + 1) return undefined
      value = text.slice(at + 1, valueEnd)
      at = valueEnd
    }
    if (params === undefined) params = newParamList(name, value)
    else if (!addParam(params, name, value)) return undefined
  }
  return { params: paramsOf(params), end: at }
}

function parseTel(text: string, start: number, end: number, at: number): Result<Uri, Refusal> {
  const numberEnd = endOfPhone(text, at, end)
  if (numberEnd === at) return malformed()
  const read = readParams(text, numberEnd, end)
  if (read === undefined || read.end !== end) return malformed()
  const number = text.slice(at, numberEnd)
  return ok({ ...plainUri(text.slice(start, end), 'tel'), user: number, params: read.params })
}

function plainUri(text: string, scheme: string): Uri {
  return {
    text,
    scheme,
    user: undefined,
    password: undefined,
    host: '',
    port: undefined,
    params: Params.none,
    headers: undefined,
  }
}

/** Visible ASCII only: no blank, control or 8-bit character stands bare in a URI. */
function isOpaque(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code <= 32 || code >= 127 || code === 60 || code === 62 || code === 34) return false
  }
  return true
}
