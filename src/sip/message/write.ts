import { AspisError } from '../../base/errors.ts'
import { skipLws } from '../chars.ts'
import { endOfElement } from '../headers/list.ts'
import { octetsOf } from '../octets.ts'
import { H, headerName } from './header-id.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { reasonOf } from './reason.ts'
import { SLOTS } from './walk.ts'

/** A header field to add: name and value. */
export type Field = readonly [name: string, value: string]

/** What a response may add to what it copies from its request (RFC 3261 §8.2.6). */
export interface ResponseParts {
  readonly reason?: string | undefined
  /** Put on To when it has none; not on a 100. */
  readonly toTag?: string | undefined
  readonly headers?: readonly Field[] | undefined
  readonly body?: string
}

/**
 * Writes a response to a request: Via, From, To, Call-ID and CSeq are copied byte for byte (UAS-03). Of a request
 * that was refused it takes what is there, the first of each.
 */
export function writeResponse(request: SipRequest, status: number, parts: ResponseParts = {}): string {
  const { text, index, count } = request
  let vias = ''
  let rest = ''
  let copied = 0
  for (let i = 0; i < count * SLOTS; i += SLOTS) {
    const id = index[i] ?? H.unknown
    switch (id) {
      case H.via:
        vias += vias === '' ? topViaLine(request, i) : lineAt(text, index, i)
        break
      case H.to:
      case H.from:
      case H.callId:
      case H.cseq:
        if ((copied & (1 << id)) !== 0) break
        copied |= 1 << id
        rest += id === H.to && status !== 100 ? toLine(request, i, parts.toTag) : lineAt(text, index, i)
        break
      case H.timestamp:
        if (status === 100) rest += lineAt(text, index, i)
        break
    }
  }
  let out = `SIP/2.0 ${status} ${clean(parts.reason ?? reasonOf(status))}\r\n${vias}${rest}`
  if (parts.headers !== undefined) for (const field of parts.headers) out += fieldLine(field)
  const body = parts.body ?? ''
  return `${out}Content-Length: ${body.length}\r\n\r\n${body}`
}

/** Header fields that a proxy takes off a stranger's request: claims of trust, nothing else (PRX-25). */
export type RemovableHeader =
  | typeof H.pAssertedIdentity
  | typeof H.pPreferredIdentity
  | typeof H.remotePartyId
  | typeof H.diversion
  | typeof H.historyInfo
  | typeof H.securityVerify
  | typeof H.securityClient
  | typeof H.pChargingVector
  | typeof H.pChargingFunctionAddresses
  | typeof H.pAccessNetworkInfo
  | typeof H.pVisitedNetworkId
  | typeof H.pAssociatedUri
  | typeof H.pCalledPartyId

/**
 * All that forwarding may change: what Table 2 of the paper and RFC 3261 §16.6 allow. From, To, Call-ID, CSeq and
 * the body cannot be named here, so they cannot be touched.
 */
export interface ForwardEdits {
  /** New Request-URI; left out: as received. */
  readonly requestUri?: string
  /** Value of our own Via, put on top. */
  readonly via: string
  readonly maxForwards: number
  /** RFC 5393 §5.3.3; left out: untouched. */
  readonly maxBreadth?: number
  /** Values put before all Record-Route fields, the first on top. */
  readonly recordRoutes?: readonly string[]
  /** The whole Route set as it leaves; left out: as received. */
  readonly routes?: readonly string[]
  /** Values put before all Path fields (RFC 3327 §5.1). */
  readonly path?: readonly string[]
  readonly remove?: readonly RemovableHeader[]
  /** Fields unknown to us by lower-case name that claim trust. */
  readonly removeNamed?: readonly string[]
  /** Rows (by number) of Authorization and Proxy-Authorization that are for realms of ours. */
  readonly removeRows?: readonly number[]
  readonly pAssertedIdentity?: readonly string[]
}

/** Writes a request that goes on: slices of the received text and a few lines of ours. */
export function writeForwardedRequest(request: SipRequest, edits: ForwardEdits): string {
  const { text, index, count, viaStamp } = request
  let out = `${request.method} ${clean(edits.requestUri ?? request.requestUri)} SIP/2.0\r\nVia: ${clean(edits.via)}\r\n`
  out += linesOf('Record-Route: ', edits.recordRoutes)
  out += linesOf('Route: ', edits.routes)
  out += linesOf('Path: ', edits.path)
  out += linesOf('P-Asserted-Identity: ', edits.pAssertedIdentity)
  out += `Max-Forwards: ${edits.maxForwards}\r\n`
  if (edits.maxBreadth !== undefined) out += `Max-Breadth: ${edits.maxBreadth}\r\n`
  let isTopVia = viaStamp !== undefined
  // Neighbouring untouched fields leave as one slice.
  let keptFrom = -1
  let keptTo = -1
  for (let i = 0; i < count * SLOTS; i += SLOTS) {
    const isStamped = isTopVia && index[i] === H.via
    if (isStamped || isDropped(request, i, edits)) {
      if (keptFrom >= 0) out += text.slice(keptFrom, keptTo)
      keptFrom = -1
      if (isStamped) out += topViaLine(request, i)
      if (isStamped) isTopVia = false
      continue
    }
    if (keptFrom < 0) keptFrom = index[i + 1] ?? 0
    keptTo = (index[i + 3] ?? 0) + 2
  }
  if (keptFrom >= 0) out += text.slice(keptFrom, keptTo)
  return `${out}${lengthIfAbsent(request)}\r\n${request.body}`
}

function linesOf(name: string, values: readonly string[] | undefined): string {
  if (values === undefined) return ''
  let out = ''
  for (const value of values) out += `${name}${clean(value)}\r\n`
  return out
}

/** Streams cannot be framed without a length, and the next hop may be one. */
function lengthIfAbsent(message: SipRequest | SipResponse): string {
  return message.has(H.contentLength) ? '' : `Content-Length: ${message.bodyEnd - message.bodyStart}\r\n`
}

function isDropped(request: SipRequest, i: number, edits: ForwardEdits): boolean {
  const id = request.index[i]
  if (id === H.maxForwards) return true
  if (id === H.maxBreadth) return edits.maxBreadth !== undefined
  if (id === H.route) return edits.routes !== undefined
  if (edits.removeRows?.includes(i / SLOTS)) return true
  if (id === H.unknown) return edits.removeNamed?.includes(request.nameAt(i / SLOTS).toLowerCase()) ?? false
  return edits.remove?.some(removed => removed === id) ?? false
}

/** What a response may change on its way back: our Via leaves, nothing else (RFC 3261 §16.7 step 3, step 7). */
export interface ResponseEdits {
  /** 503 goes upstream as 500 (PRX-17). */
  readonly status?: number
  /** Challenges of other branches, whole values (PRX-19). */
  readonly challenges?: readonly (readonly [typeof H.wwwAuthenticate | typeof H.proxyAuthenticate, string])[]
  readonly remove?: readonly RemovableHeader[]
  readonly removeNamed?: readonly string[]
  /** Rows (by number) of challenges that claim to be ours. */
  readonly removeRows?: readonly number[]
  /** Authentication-Info of ours (RFC 7616 §3.5). */
  readonly authenticationInfo?: string
}

/** Writes a response that goes back: the top Via value is taken off, the rest leaves byte for byte. */
export function writeForwardedResponse(response: SipResponse, edits: ResponseEdits = {}): string {
  const { text, index, count } = response
  const status = edits.status ?? response.status
  const reason = edits.status === undefined ? response.reason : reasonOf(status)
  let out = `SIP/2.0 ${status} ${clean(reason)}\r\n`
  let isTopVia = true
  for (let i = 0; i < count * SLOTS; i += SLOTS) {
    const id = index[i]
    if (id === H.via && isTopVia) {
      isTopVia = false
      out += otherViasLine(text, index, i)
      continue
    }
    if (edits.remove?.some(removed => removed === id) || edits.removeRows?.includes(i / SLOTS)) continue
    if (id === H.unknown && edits.removeNamed?.includes(response.nameAt(i / SLOTS).toLowerCase())) continue
    out += lineAt(text, index, i)
  }
  if (edits.challenges !== undefined) {
    for (const [id, value] of edits.challenges) out += fieldLine([headerName(id), value])
  }
  if (edits.authenticationInfo !== undefined)
    out += fieldLine(['Authentication-Info', edits.authenticationInfo])
  return `${out}${lengthIfAbsent(response)}\r\n${response.body}`
}

/** A request written from nothing: what a user agent, a test or an attack sends. */
export function buildRequest(parts: {
  readonly method: string
  readonly uri: string
  readonly headers: readonly Field[]
  readonly body?: string
}): string {
  const body = parts.body ?? ''
  let out = `${clean(parts.method)} ${clean(parts.uri)} SIP/2.0\r\n`
  for (const field of parts.headers) out += fieldLine(field)
  return `${out}Content-Length: ${body.length}\r\n\r\n${body}`
}

function fieldLine(field: Field): string {
  return `${clean(field[0])}: ${clean(field[1])}\r\n`
}

/** The received line with its line end. */
function lineAt(text: string, index: Int32Array, i: number): string {
  return text.slice(index[i + 1] ?? 0, (index[i + 3] ?? 0) + 2)
}

/** The first Via row with our stamp as its first value; the values behind it stay as they came. */
function topViaLine(request: SipRequest, i: number): string {
  const { text, index, viaStamp } = request
  if (viaStamp === undefined) return lineAt(text, index, i)
  const lineEnd = index[i + 3] ?? 0
  const comma = endOfElement(text, octetsOf(text), index[i + 2] ?? 0, lineEnd)
  return `Via: ${clean(viaStamp)}${text.slice(comma, lineEnd + 2)}`
}

/** The first Via row without its first value, or nothing when that was the only one. */
function otherViasLine(text: string, index: Int32Array, i: number): string {
  const lineEnd = index[i + 3] ?? 0
  const comma = endOfElement(text, octetsOf(text), index[i + 2] ?? 0, lineEnd)
  const next = skipLws(text, comma + 1, lineEnd)
  return next < lineEnd ? `Via: ${text.slice(next, lineEnd + 2)}` : ''
}

/** To with our tag, unless it has one, even one without value: a second would be one too many. */
function toLine(request: SipRequest, i: number, toTag: string | undefined): string {
  const to = request.toResult
  if (toTag === undefined || !to.ok || to.value.params.has('tag'))
    return lineAt(request.text, request.index, i)
  return `To: ${request.valueAt(i / SLOTS)};tag=${clean(toTag)}\r\n`
}

/** Ends a line or a text, or would once it is written as octets. */
const FORBIDDEN = /[\0\n\r\u0100-\uffff]/

/**
 * Refuses what would end a line: a value of ours that holds CR, LF or NUL is a mistake of ours. What was read from a
 * message cannot: the parser refused it there, but for an escaped NUL in a display name, which is let through.
 */
function clean(value: string): string {
  if (!FORBIDDEN.test(value)) return value
  const bare = value.replaceAll('\\\0', '')
  if (!FORBIDDEN.test(bare)) return value
  throw new AspisError(
    'ERR_ASPIS_HEADER_VALUE',
    'a header value of ours holds CR, LF, NUL or a character that is no octet',
  )
}
