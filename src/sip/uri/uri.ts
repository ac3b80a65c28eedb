import { ok, type Result } from '../../base/result.ts'
import { hasGoodEscapes, isDigits, isHostPart, isParamPart, isToken, isUserPart } from '../chars.ts'
import { Params } from '../headers/params.ts'
import { isIpv6Text } from '../headers/via.ts'
import { type Refusal, refuse } from '../message/refusal.ts'

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
  readonly params: Params
  /** What follows `?`, as written; undefined when there is none. */
  readonly headers: string | undefined
}

/** Parses a URI; unknown schemes come back opaque, with an empty host. */
export function parseUri(text: string): Result<Uri, Refusal> {
  const colon = text.indexOf(':')
  if (colon <= 0 || !isToken(text, 0, colon)) return refuse('uri-malformed')
  const scheme = text.slice(0, colon).toLowerCase()
  if (scheme === 'sip' || scheme === 'sips') return parseSip(text, scheme, colon + 1)
  if (!isVisible(text)) return refuse('uri-malformed')
  if (scheme === 'tel') return parseTel(text, colon + 1)
  return ok(opaque(text, scheme))
}

function parseSip(text: string, scheme: string, at: number): Result<Uri, Refusal> {
  // `@` stands raw once at most, after the user part, which may itself hold `;`, `?` and `/` (RFC 3261 §19.1.2).
  const atSign = text.indexOf('@', at)
  if (atSign >= 0 && text.indexOf('@', atSign + 1) >= 0) return refuse('uri-malformed')
  const question = text.indexOf('?', Math.max(at, atSign))
  const end = question < 0 ? text.length : question
  let user: string | undefined
  let password: string | undefined
  let hostAt = at
  if (atSign >= at) {
    const userinfo = text.slice(at, atSign)
    const colon = userinfo.indexOf(':')
    user = colon < 0 ? userinfo : userinfo.slice(0, colon)
    password = colon < 0 ? undefined : userinfo.slice(colon + 1)
    if (user === '' || !isUserPart(user) || !hasGoodEscapes(user)) return refuse('uri-malformed')
    if (password !== undefined && (!isUserPart(password) || !hasGoodEscapes(password)))
      return refuse('uri-malformed')
    hostAt = atSign + 1
  }
  const semicolon = text.indexOf(';', hostAt)
  const hostEnd = semicolon < 0 || semicolon > end ? end : semicolon
  const place = parseHostPort(text, hostAt, hostEnd)
  if (!place.ok) return place
  const params = parseUriParams(text, hostEnd, end)
  if (!params.ok) return params
  const headers = question < 0 ? undefined : text.slice(question + 1)
  if (headers !== undefined && (!isVisible(headers) || !hasGoodEscapes(headers)))
    return refuse('uri-malformed')
  return ok({
    text,
    scheme,
    user,
    password,
    host: place.value.host,
    port: place.value.port,
    params: params.value,
    headers,
  })
}

function parseHostPort(
  text: string,
  start: number,
  end: number,
): Result<{ host: string; port: number | undefined }, Refusal> {
  let hostEnd: number
  let host: string
  if (text.charCodeAt(start) === 91) {
    const close = text.indexOf(']', start)
    if (close < 0 || close >= end) return refuse('uri-malformed')
    host = text.slice(start + 1, close)
    hostEnd = close + 1
    if (!isIpv6Text(host)) return refuse('uri-malformed')
  } else {
    const colon = text.indexOf(':', start)
    hostEnd = colon < 0 || colon > end ? end : colon
    host = text.slice(start, hostEnd)
    if (!isHostPart(host)) return refuse('uri-malformed')
  }
  if (hostEnd === end) return ok({ host: host.toLowerCase(), port: undefined })
  if (text.charCodeAt(hostEnd) !== 58 || !isDigits(text, hostEnd + 1, end) || end - hostEnd > 6)
    return refuse('uri-malformed')
  const port = Number(text.slice(hostEnd + 1, end))
  if (port > 65535) return refuse('uri-malformed')
  return ok({ host: host.toLowerCase(), port })
}

function parseUriParams(text: string, at: number, end: number): Result<Params, Refusal> {
  if (at >= end) return ok(Params.none)
  const names: string[] = []
  const values: string[] = []
  while (at < end) {
    const next = text.indexOf(';', at + 1)
    const stop = next < 0 || next > end ? end : next
    const equals = text.indexOf('=', at + 1)
    const nameEnd = equals < 0 || equals > stop ? stop : equals
    if (!isParamPart(text, at + 1, nameEnd)) return refuse('uri-malformed')
    if (nameEnd < stop && !isParamPart(text, nameEnd + 1, stop)) return refuse('uri-malformed')
    const name = text.slice(at + 1, nameEnd).toLowerCase()
    if (!hasGoodEscapes(text.slice(at + 1, stop)) || names.includes(name)) return refuse('uri-malformed')
    names.push(name)
    values.push(nameEnd < stop ? text.slice(nameEnd + 1, stop) : '')
    at = stop
  }
  return ok(new Params(names, values))
}

function parseTel(text: string, at: number): Result<Uri, Refusal> {
  const semicolon = text.indexOf(';', at)
  const numberEnd = semicolon < 0 ? text.length : semicolon
  const user = text.slice(at, numberEnd)
  if (user === '' || !isUserPart(user)) return refuse('uri-malformed')
  const params = parseUriParams(text, numberEnd, text.length)
  if (!params.ok) return params
  return ok({
    text,
    scheme: 'tel',
    user,
    password: undefined,
    host: '',
    port: undefined,
    params: params.value,
    headers: undefined,
  })
}

function opaque(text: string, scheme: string): Uri {
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
function isVisible(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 32 || code >= 127 || code === 60 || code === 62 || code === 34) return false
  }
  return true
}
