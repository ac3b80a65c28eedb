import { AspisError } from '../../base/errors.ts'
import { lwsTrimmedEnd, skipLws } from '../chars.ts'
import { endOfElement } from '../headers/list.ts'
import { H, headerName } from './header-id.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { reasonOf, statusLine } from './reason.ts'
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
  const reason = parts.reason === undefined ? reasonOf(status) : clean(parts.reason)
  const vias = viaLines(request)
  const rest = copiedLines(request, status, parts.toTag)
  const body = parts.body ?? ''
  const added = parts.headers === undefined ? '' : fieldLines(parts.headers)
  return joined(
    statusLine(status, reason) + vias,
    `${rest}${added}Content-Length: ${body.length}\r\n\r\n${body}`,
  )
}

function viaLines(request: SipRequest): string {
  const { text, viaStamp } = request
  const { numbers, count } = request.rows
  const first = request.rowOf(H.via)
  if (first < 0) return ''
  let out = viaStamp === undefined ? lineAt(text, numbers, first) : topViaLine(request, first, viaStamp)
  for (let row = first + 1; row < count; row++)
    if (numbers[row * SLOTS] === H.via) out += lineAt(text, numbers, row)
  return out
}

/** The other lines that a response repeats, the first of each, in their order; neighbours as one slice. */
function copiedLines(request: SipRequest, status: number, toTag: string | undefined): string {
  const { text } = request
  const { numbers, count } = request.rows
  let out = ''
  let copied = 0
  let keptFrom = 0
  let keptTo = 0
  for (let row = 0; row < count; row++) {
    const slot = row * SLOTS
    const id = numbers[slot] ?? H.unknown
    if (id > H.cseq ? id !== H.timestamp || status !== 100 : id < H.from || (copied & (1 << id)) !== 0)
      continue
    if (id <= H.cseq) copied |= 1 << id
    const start = numbers[slot + 1] ?? 0
    if (start !== keptTo) {
      out += text.slice(keptFrom, keptTo)
      keptFrom = start
    }
    keptTo = (numbers[slot + 3] ?? 0) + 2
    if (id === H.to && status !== 100 && toTag !== undefined && !hasTag(request)) {
      out += `${text.slice(keptFrom, lwsTrimmedEnd(text, start, keptTo))};tag=${clean(toTag)}\r\n`
      keptFrom = keptTo
    }
  }
  return out + text.slice(keptFrom, keptTo)
}

/** Header fields that a proxy takes off a stranger's request: claims of trust, nothing else (PRX-25). */
const REMOVABLE = [
  H.pAssertedIdentity,
  H.pPreferredIdentity,
  H.remotePartyId,
  H.diversion,
  H.historyInfo,
  H.securityVerify,
  H.securityClient,
  H.pChargingVector,
  H.pChargingFunctionAddresses,
  H.pAccessNetworkInfo,
  H.pVisitedNetworkId,
  H.pAssociatedUri,
  H.pCalledPartyId,
] as const
export type RemovableHeader = (typeof REMOVABLE)[number]

/**
 * All that forwarding may change: what Table 2 of the paper and RFC 3261 §16.6 allow. From, To, Call-ID, CSeq and
 * the body cannot be named here, so they cannot be touched.
 */
export interface ForwardEdits {
  /** New Request-URI; left out: as received. */
  readonly requestUri?: string | undefined
  /** Value of our own Via, put on top. */
  readonly via: string
  readonly maxForwards: number
  /** RFC 5393 §5.3.3; left out: untouched. */
  readonly maxBreadth?: number | undefined
  /** Values put before all Record-Route fields, the first on top. */
  readonly recordRoutes?: readonly string[] | undefined
  /** The whole Route set as it leaves; left out: as received. */
  readonly routes?: readonly string[] | undefined
  /** Values put before all Path fields (RFC 3327 §5.1). */
  readonly path?: readonly string[] | undefined
  readonly remove?: readonly RemovableHeader[] | undefined
  /** Fields unknown to us by lower-case name that claim trust. */
  readonly removeNamed?: readonly string[] | undefined
  /** Rows (by number) of Authorization and Proxy-Authorization that are for realms of ours. */
  readonly removeRows?: readonly number[] | undefined
  readonly pAssertedIdentity?: readonly string[] | undefined
  /** Identity values that we signed, beside those that are there (RFC 8224 §4). */
  readonly identities?: readonly string[] | undefined
  /** Where the request has none and what we signed needs one (RFC 8224 §6.1 step 3). */
  readonly date?: string | undefined
  /** What we found out about the caller, for the callee (ATIS-1000082). */
  readonly attestation?: string | undefined
  readonly originationId?: string | undefined
}

/** Writes a request that goes on: slices of the received text and a few lines of ours. */
export function writeForwardedRequest(request: SipRequest, edits: ForwardEdits): string {
  const { text, viaStamp } = request
  const { numbers, count } = request.rows
  const uri = clean(edits.requestUri ?? request.requestUri)
  const added = addedLines(edits)
  let out = ''
  let keptFrom = 0
  let keptTo = 0
  const stampedRow = viaStamp === undefined ? -1 : request.rowOf(H.via)
  const removeRows =
    edits.removeRows === undefined || edits.removeRows.length === 0 ? undefined : edits.removeRows
  for (let row = 0; row < count; row++) {
    const slot = row * SLOTS
    const id = numbers[slot] ?? H.unknown
    let start = numbers[slot + 1] ?? 0
    if (MAY_CHANGE[id] === 1) {
      if (row === stampedRow) {
        out += text.slice(keptFrom, keptTo)
        out += `Via: ${clean(viaStamp ?? '')}`
        start = endOfTopVia(request, row)
        keptFrom = start
        keptTo = start
      } else if (isDropped(request, row, id, edits)) continue
    }
    if (removeRows?.includes(row) === true) continue
    if (start !== keptTo) {
      out += text.slice(keptFrom, keptTo)
      keptFrom = start
    }
    keptTo = (numbers[slot + 3] ?? 0) + 2
  }
  return joined(
    `${request.method} ${uri} SIP/2.0\r\nVia: ${clean(edits.via)}\r\n${added}${out}`,
    ending(request, keptFrom, keptTo),
  )
}

const MAX_FORWARDS_LINES = Array.from({ length: 256 }, (_, hops) => `Max-Forwards: ${hops}\r\n`)

function addedLines(edits: ForwardEdits): string {
  let out = ''
  if (edits.recordRoutes !== undefined) out += linesOf('Record-Route: ', edits.recordRoutes)
  if (edits.routes !== undefined) out += linesOf('Route: ', edits.routes)
  if (edits.path !== undefined) out += linesOf('Path: ', edits.path)
  if (edits.pAssertedIdentity !== undefined) out += linesOf('P-Asserted-Identity: ', edits.pAssertedIdentity)
  out += MAX_FORWARDS_LINES[edits.maxForwards] ?? `Max-Forwards: ${edits.maxForwards}\r\n`
  if (edits.maxBreadth !== undefined) out += `Max-Breadth: ${edits.maxBreadth}\r\n`
  if (edits.identities !== undefined) out += linesOf('Identity: ', edits.identities)
  if (edits.date !== undefined) out += fieldLine(['Date', edits.date])
  if (edits.attestation !== undefined) out += fieldLine(['P-Attestation-Indicator', edits.attestation])
  if (edits.originationId !== undefined) out += fieldLine(['P-Origination-ID', edits.originationId])
  return out
}

/** The last of the rows that are kept, a length where there is none, since the next hop may be a stream, and the body. */
function ending(message: SipRequest | SipResponse, keptFrom: number, keptTo: number): string {
  const { text, bodyStart, bodyEnd } = message
  if (message.has(H.contentLength) && keptTo + 2 === bodyStart) return text.slice(keptFrom, bodyEnd)
  const length = message.has(H.contentLength) ? '' : `Content-Length: ${bodyEnd - bodyStart}\r\n`
  return `${text.slice(keptFrom, keptTo)}${length}\r\n${message.body}`
}

function linesOf(name: string, values: readonly string[]): string {
  let out = ''
  for (const value of values) out += `${name}${clean(value)}\r\n`
  return out
}

/** Fields that forwarding may drop; a row of any other is copied without a look at the edits. */
const MAY_CHANGE = new Uint8Array(256)
for (const id of [H.unknown, H.via, H.maxForwards, H.maxBreadth, H.route]) MAY_CHANGE[id] = 1
for (const id of REMOVABLE) MAY_CHANGE[id] = 1

function isDropped(request: SipRequest, row: number, id: number, edits: ForwardEdits): boolean {
  if (id === H.maxForwards) return true
  if (id === H.maxBreadth) return edits.maxBreadth !== undefined
  if (id === H.route) return edits.routes !== undefined
  if (id === H.unknown) return isNamed(request, row, edits.removeNamed)
  return edits.remove?.some(removed => removed === id) ?? false
}

function isNamed(
  message: SipRequest | SipResponse,
  row: number,
  names: readonly string[] | undefined,
): boolean {
  return names !== undefined && names.length > 0 && names.includes(message.nameAt(row).toLowerCase())
}

/** What a response may change on its way back: our Via leaves, nothing else (RFC 3261 §16.7 step 3, step 7). */
export interface ResponseEdits {
  /** 503 goes upstream as 500 (PRX-17). */
  readonly status?: number | undefined
  /** Challenges of other branches, whole values (PRX-19). */
  readonly challenges?:
    | readonly (readonly [typeof H.wwwAuthenticate | typeof H.proxyAuthenticate, string])[]
    | undefined
  readonly remove?: readonly RemovableHeader[] | undefined
  readonly removeNamed?: readonly string[] | undefined
  /** Rows (by number) of challenges that claim to be ours, and of Reason fields about tokens of ours. */
  readonly removeRows?: readonly number[] | undefined
  /** Authentication-Info of ours (RFC 7616 §3.5). */
  readonly authenticationInfo?: string | undefined
  readonly pAssertedIdentity?: readonly string[] | undefined
  /** What was wrong with the identity of a call that goes on (RFC 9410 §4). */
  readonly stirReasons?: readonly string[] | undefined
  /** Who was reached, signed (RFC 9970 §4). */
  readonly identity?: string | undefined
  readonly date?: string | undefined
}

/** Writes a response that goes back: the top Via value is taken off, the rest leaves byte for byte. */
export function writeForwardedResponse(response: SipResponse, edits: ResponseEdits = {}): string {
  const { text } = response
  const { numbers, count } = response.rows
  const status = edits.status ?? response.status
  const reason = edits.status === undefined ? response.reason : reasonOf(status)
  let out = ''
  let keptFrom = 0
  let keptTo = 0
  const topVia = response.rowOf(H.via)
  for (let row = 0; row < count; row++) {
    const slot = row * SLOTS
    let start = numbers[slot + 1] ?? 0
    if (row === topVia) {
      start = skipLws(text, endOfTopVia(response, row) + 1, numbers[slot + 3] ?? 0)
      if (start >= (numbers[slot + 3] ?? 0)) continue
      out += `${text.slice(keptFrom, keptTo)}Via: `
      keptFrom = start
      keptTo = start
    } else if (isTakenOff(response, row, numbers[slot] ?? H.unknown, edits)) continue
    if (start !== keptTo) {
      out += text.slice(keptFrom, keptTo)
      keptFrom = start
    }
    keptTo = (numbers[slot + 3] ?? 0) + 2
  }
  let added = ''
  if (edits.challenges !== undefined) {
    for (const [id, value] of edits.challenges) added += fieldLine([headerName(id), value])
  }
  if (edits.authenticationInfo !== undefined)
    added += fieldLine(['Authentication-Info', edits.authenticationInfo])
  if (edits.pAssertedIdentity !== undefined)
    added += linesOf('P-Asserted-Identity: ', edits.pAssertedIdentity)
  if (edits.stirReasons !== undefined) added += linesOf('Reason: ', edits.stirReasons)
  if (edits.identity !== undefined) added += fieldLine(['Identity', edits.identity])
  if (edits.date !== undefined) added += fieldLine(['Date', edits.date])
  const head = statusLine(status, reason) + out
  if (added === '') return joined(head, ending(response, keptFrom, keptTo))
  return joined(
    head + text.slice(keptFrom, keptTo) + added,
    ending(response, response.bodyStart - 2, response.bodyStart - 2),
  )
}

function isTakenOff(response: SipResponse, row: number, id: number, edits: ResponseEdits): boolean {
  if (edits.removeRows?.includes(row) === true) return true
  if (id === H.unknown) return isNamed(response, row, edits.removeNamed)
  return edits.remove?.some(removed => removed === id) === true
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

/** The fields that were written last, and their lines. */
let lastFields: readonly Field[] = []
let lastLines = ''

/** Fields that stand in the program come again and again, the same list each time. */
function fieldLines(fields: readonly Field[]): string {
  if (fields === lastFields) return lastLines
  let lines = ''
  for (const field of fields) lines += fieldLine(field)
  lastFields = fields
  lastLines = lines
  return lines
}

function fieldLine(field: Field): string {
  return `${clean(field[0])}: ${clean(field[1])}\r\n`
}

/**
 * Both parts in one flat text. What is written goes out as octets next: of a text of nested pieces, as `+` makes it,
 * that costs 250 ns more, and joining costs 110.
 */
function joined(head: string, rest: string): string {
  return [head, rest].join('')
}

/** The received line with its line end. */
function lineAt(text: string, numbers: Int32Array, row: number): string {
  return text.slice(numbers[row * SLOTS + 1], (numbers[row * SLOTS + 3] ?? 0) + 2)
}

/** The first Via row with our stamp as its first value; the values behind it stay as they came. */
function topViaLine(request: SipRequest, row: number, stamp: string): string {
  const lineEnd = (request.rows.numbers[row * SLOTS + 3] ?? 0) + 2
  return `Via: ${clean(stamp)}${request.text.slice(endOfTopVia(request, row), lineEnd)}`
}

function endOfTopVia({ text, rows }: SipRequest | SipResponse, row: number): number {
  return endOfElement(text, rows.numbers[row * SLOTS + 2] ?? 0, rows.numbers[row * SLOTS + 3] ?? 0)
}

/** Whether To has a tag, even one without value: a second would be one too many. What is no To gets none. */
function hasTag(request: SipRequest): boolean {
  const to = request.toResult
  return !to.ok || to.value.tag !== undefined || to.value.params.has('tag')
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
