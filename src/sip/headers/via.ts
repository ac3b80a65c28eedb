import { ok, type Result } from '../../base/result.ts'
import { endOfDigits, endOfToken, skipBlanks } from '../chars.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { endOfHost, hostOf, portOf } from '../uri/host.ts'
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

const SLASH = 47
const COLON = 58
const BARE_COOKIE = 'z9hg4bk'

/** Parses one Via value, a range without blanks around it; white space may stand around the slashes and the colon. */
export function parseVia(text: string, start = 0, end = text.length): Result<Via, Refusal> {
  const transportAt = endOfVersion(text, start, end)
  if (transportAt < 0) return malformed()
  const transportEnd = endOfToken(text, transportAt, end)
  const hostAt = skipBlanks(text, transportEnd, end)
  if (transportEnd === transportAt || hostAt === transportEnd) return malformed()
  const hostEnd = endOfHost(text, hostAt, end)
  if (hostEnd === hostAt) return malformed()
  let next = skipBlanks(text, hostEnd, end)
  let port: number | undefined
  if (next < end && text.charCodeAt(next) === COLON) {
    const portAt = skipBlanks(text, next + 1, end)
    next = endOfDigits(text, portAt, end)
    port = portOf(text, portAt, next)
    if (port < 0) return malformed()
  }
  const read = parseParams(text, next, end)
  if (!read.ok) return malformed()
  const params = read.value
  const branch = params.get('branch')
  if (branch !== undefined && isBareBranch(branch)) return malformed()
  return ok({
    text: text.slice(start, end),
    transport: transportOf(text, transportAt, transportEnd),
    host: hostOf(text, hostAt, hostEnd),
    port,
    branch,
    received: params.get('received'),
    rport: params.get('rport'),
    maddr: params.get('maddr'),
    params,
  })
}

function malformed() {
  return refuse('via-malformed')
}

/** A branch must say something beyond the cookie (RFC 4475 §3.3.7 shows one that does not). */
function isBareBranch(branch: string): boolean {
  return branch === '' || (branch.length === BARE_COOKIE.length && branch.toLowerCase() === BARE_COOKIE)
}

/** Where the transport begins behind `SIP / 2.0 /`, or -1. */
function endOfVersion(text: string, start: number, end: number): number {
  if (text.startsWith('SIP/2.0/', start)) return skipBlanks(text, start + 8, end)
  const nameEnd = endOfToken(text, start, end)
  if (text.slice(start, nameEnd).toUpperCase() !== 'SIP') return -1
  const versionAt = afterSlash(text, nameEnd, end)
  if (versionAt < 0 || !text.startsWith('2.0', versionAt)) return -1
  return afterSlash(text, versionAt + 3, end)
}

function afterSlash(text: string, at: number, end: number): number {
  const slash = skipBlanks(text, at, end)
  return slash < end && text.charCodeAt(slash) === SLASH ? skipBlanks(text, slash + 1, end) : -1
}

function transportOf(text: string, start: number, end: number): string {
  const transport = text.slice(start, end)
  switch (transport) {
    case 'UDP':
    case 'TCP':
    case 'TLS':
    case 'WS':
    case 'WSS':
      return transport
  }
  return transport.toUpperCase()
}
