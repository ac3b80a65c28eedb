import { hash } from 'node:crypto'
import type { Address } from '../../../src/base/flow.ts'
import { bracketed } from '../../../src/base/flow.ts'

/** Who stands in From or To. */
export interface Party {
  readonly uri: string
  readonly display?: string
  readonly tag?: string
}

/** What is offered to prove who one is. */
export interface Offered {
  readonly user: string
  readonly realm: string
  readonly nonce: string
  readonly uri: string
  readonly password: string
  readonly count: number
  /** Instead of what the password gives. */
  readonly response?: string
  readonly algorithm?: 'MD5' | 'SHA-256'
  readonly hasNoQop?: boolean
}

/** A request before it is written. */
export interface Request {
  readonly method: string
  readonly uri: string
  readonly branch: string
  readonly callId: string
  readonly cseq: number
  readonly from: Party
  readonly to: Party
  readonly contact?: string
  readonly offered?: Offered
  readonly maxForwards?: number
  /** Further header lines, name and value. */
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly bodyType?: string
}

/** How a program writes: each has habits of its own. */
export interface Dialect {
  /** User-Agent; '' none. */
  readonly agent: string
  readonly isCompact?: boolean
  /** Header names in lower or upper case. */
  readonly letters?: 'lower' | 'upper'
  readonly isFolded?: boolean
  readonly isRouteFirst?: boolean
  readonly hasAllow?: boolean
  readonly usesSha256?: boolean
  /** Sends credentials with each request after the first challenge. */
  readonly isPreemptive?: boolean
}

const COMPACT: Readonly<Record<string, string>> = {
  Via: 'v',
  From: 'f',
  To: 't',
  'Call-ID': 'i',
  Contact: 'm',
  'Content-Type': 'c',
  'Content-Length': 'l',
  Subject: 's',
  'Refer-To': 'r',
  'Referred-By': 'b',
  Event: 'o',
  Supported: 'k',
}

/** The Via that a sender writes. */
export function viaOf(transport: string, { ip, port }: Address, branch: string): string {
  return `SIP/2.0/${transport.toUpperCase()} ${bracketed(ip)}:${port};branch=${branch};rport`
}

/** Writes a request. @param vias topmost first */
export function writeRequest(request: Request, dialect: Dialect, vias: readonly string[]): string {
  const { method, uri, from, to, callId, cseq, contact, offered, body = '' } = request
  const fields: (readonly [string, string])[] = vias.map(via => ['Via', via] as const)
  if (dialect.isRouteFirst !== true) fields.push(['Max-Forwards', String(request.maxForwards ?? 70)])
  fields.push(['From', partyText(from)], ['To', partyText(to)])
  fields.push(['Call-ID', callId], ['CSeq', `${cseq} ${method}`])
  if (dialect.isRouteFirst === true) fields.push(['Max-Forwards', String(request.maxForwards ?? 70)])
  if (contact !== undefined) fields.push(['Contact', contact])
  if (offered !== undefined)
    fields.push([
      method === 'REGISTER' ? 'Authorization' : 'Proxy-Authorization',
      offeredText(offered, method),
    ])
  if (dialect.agent !== '') fields.push(['User-Agent', dialect.agent])
  if (dialect.hasAllow === true) fields.push(['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER'])
  if (request.headers !== undefined) fields.push(...request.headers)
  if (body !== '') fields.push(['Content-Type', request.bodyType ?? 'application/sdp'])
  fields.push(['Content-Length', String(body.length)])
  return `${method} ${uri} SIP/2.0\r\n${fields.map(field => fieldText(field, dialect)).join('')}\r\n${body}`
}

function fieldText([name, value]: readonly [string, string], dialect: Dialect): string {
  const shortened = dialect.isCompact === true ? (COMPACT[name] ?? name) : name
  const cased =
    dialect.letters === 'lower'
      ? shortened.toLowerCase()
      : dialect.letters === 'upper'
        ? shortened.toUpperCase()
        : shortened
  const separator = dialect.isFolded === true && name !== 'Content-Length' ? ':\r\n ' : ': '
  return `${cased}${separator}${value}\r\n`
}

export function partyText({ uri, display, tag }: Party): string {
  const name = display === undefined ? '' : `"${display}" `
  return `${name}<${uri}>${tag === undefined ? '' : `;tag=${tag}`}`
}

function offeredText(offered: Offered, method: string): string {
  const { user, realm, nonce, uri, count } = offered
  const algorithm = offered.algorithm ?? 'MD5'
  const cnonce = nonce.slice(0, 8)
  const nc = count.toString(16).padStart(8, '0')
  const qop = offered.hasNoQop === true ? '' : `, qop=auth, nc=${nc}, cnonce="${cnonce}"`
  const response = offered.response ?? responseOf(offered, method, algorithm, nc, cnonce)
  return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}${qop}`
}

/** RFC 7616 §3.4.1. */
function responseOf(offered: Offered, method: string, algorithm: string, nc: string, cnonce: string): string {
  const name = algorithm === 'MD5' ? 'md5' : 'sha256'
  const first = hash(name, `${offered.user}:${offered.realm}:${offered.password}`)
  const second = hash(name, `${method}:${offered.uri}`)
  const middle = offered.hasNoQop === true ? offered.nonce : `${offered.nonce}:${nc}:${cnonce}:auth`
  return hash(name, `${first}:${middle}:${second}`)
}

/** What a response says beyond what it copies. */
export interface ResponseParts {
  readonly toTag?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly vias: readonly string[]
}

const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  200: 'OK',
  302: 'Moved Temporarily',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  413: 'Content Too Large',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  513: 'Message Too Large',
  603: 'Decline',
}

export function writeResponse(request: Request, status: number, parts: ResponseParts): string {
  const { from, to, callId, cseq, method } = request
  const tagged = to.tag === undefined && parts.toTag !== undefined ? { ...to, tag: parts.toTag } : to
  const vias = parts.vias.map(via => `Via: ${via}\r\n`).join('')
  const more = (parts.headers ?? []).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const body = parts.body ?? ''
  const typed = body === '' ? '' : 'Content-Type: application/sdp\r\n'
  return (
    `SIP/2.0 ${status} ${REASONS[status] ?? 'Unknown'}\r\n${vias}From: ${partyText(from)}\r\n` +
    `To: ${partyText(tagged)}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n${more}${typed}` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}

/** What a phone offers as media. */
export function sdpOf(ip: string, port: number, session: number, direction = 'sendrecv'): string {
  const family = ip.includes(':') ? 'IP6' : 'IP4'
  return (
    `v=0\r\no=- ${session} ${session} IN ${family} ${ip}\r\ns=-\r\nc=IN ${family} ${ip}\r\nt=0 0\r\n` +
    `m=audio ${port} RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n` +
    `a=rtpmap:101 telephone-event/8000\r\na=${direction}\r\n`
  )
}
