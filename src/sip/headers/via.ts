import { ok, type Result } from '../../base/result.ts'
import { isDigits, isHostPart, isToken, skipBlanks } from '../chars.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { type Params, parseParams } from './params.ts'

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  readonly text: string
  /** Upper case: UDP, TCP, TLS, WS, WSS or whatever stands there. */
  readonly transport: string
  /** sent-by host, lower case, IPv6 without brackets. */
  readonly host: string
  readonly port: number | undefined
  readonly branch: string | undefined
  readonly received: string | undefined
  /** '' when the parameter stands without value (RFC 3581 §3). */
  readonly rport: string | undefined
  readonly maddr: string | undefined
  readonly params: Params
}

/** Parses one Via value; white space may stand around the slashes and the colon. */
export function parseVia(text: string): Result<Via, Refusal> {
  const nameEnd = text.indexOf('/')
  const versionEnd = text.indexOf('/', nameEnd + 1)
  if (nameEnd < 0 || versionEnd < 0) return refuse('via-malformed')
  if (text.slice(0, nameEnd).trim().toUpperCase() !== 'SIP') return refuse('via-malformed')
  if (text.slice(nameEnd + 1, versionEnd).trim() !== '2.0') return refuse('via-malformed')
  const transportAt = skipBlanks(text, versionEnd + 1)
  let at = transportAt
  while (at < text.length && text.charCodeAt(at) !== 32 && text.charCodeAt(at) !== 9) at += 1
  if (!isToken(text, transportAt, at)) return refuse('via-malformed')
  const sentByAt = skipBlanks(text, at)
  const semicolon = text.indexOf(';', sentByAt)
  const sentBy = parseSentBy(text.slice(sentByAt, semicolon < 0 ? text.length : semicolon).trim())
  if (!sentBy.ok) return sentBy
  const params = parseParams(text, semicolon < 0 ? text.length : semicolon)
  if (!params.ok) return refuse('via-malformed')
  const branch = params.value.get('branch')
  if (branch !== undefined && (branch === '' || branch.toLowerCase() === 'z9hg4bk'))
    return refuse('via-malformed')
  return ok({
    text,
    transport: text.slice(transportAt, at).toUpperCase(),
    host: sentBy.value.host,
    port: sentBy.value.port,
    branch,
    received: params.value.get('received'),
    rport: params.value.get('rport'),
    maddr: params.value.get('maddr'),
    params: params.value,
  })
}

/** `host [":" port]` (RFC 3261 §25.1 sent-by), IPv6 in brackets. */
function parseSentBy(text: string): Result<{ host: string; port: number | undefined }, Refusal> {
  let hostEnd: number
  let host: string
  if (text.charCodeAt(0) === 91) {
    const close = text.indexOf(']')
    if (close < 0) return refuse('via-malformed')
    host = text.slice(1, close)
    hostEnd = close + 1
    if (!isIpv6Text(host)) return refuse('via-malformed')
  } else {
    const colon = text.indexOf(':')
    hostEnd = colon < 0 ? text.length : colon
    host = text.slice(0, hostEnd).trimEnd()
    if (!isHostPart(host)) return refuse('via-malformed')
  }
  const rest = text.slice(hostEnd).trim()
  if (rest === '') return ok({ host: host.toLowerCase(), port: undefined })
  const port = rest.slice(1).trim()
  if (!rest.startsWith(':') || !isDigits(port) || port.length > 5 || Number(port) > 65535) {
    return refuse('via-malformed')
  }
  return ok({ host: host.toLowerCase(), port: Number(port) })
}

/** Characters of an IPv6 literal, at least one colon pair; a full check is left to who uses the address. */
export function isIpv6Text(text: string): boolean {
  let colons = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 58) colons += 1
    else if (
      !(code >= 48 && code <= 57) &&
      !(code >= 65 && code <= 70) &&
      !(code >= 97 && code <= 102) &&
      code !== 46
    ) {
      return false
    }
  }
  return colons >= 2 && text.length <= 45
}
