import { LIMITS } from '../../base/limits.ts'
import { type Failed, failed, ok, type Result } from '../../base/result.ts'
import { lwsTrimmedEnd, skipLws } from '../chars.ts'
import { endOfBlanks, endOfDigits, endOfToken, octetsOfMessage } from '../octets.ts'
import { H, headerIdAt } from './header-id.ts'
import {
  MAX_COUNTED_ID,
  type MessageParts,
  type ParseFailure,
  type SipMessage,
  SipRequest,
  SipResponse,
  SLOTS,
} from './message.ts'
import { REFUSALS, type RefusalName } from './refusal.ts'
import { readStartLine } from './start-line.ts'

/**
 * One walk over the header: the start line is taken apart, every field becomes four numbers. Nothing else is looked
 * at here; `checkMessage` judges the fields that every element needs.
 *
 * Where lines end is where smuggling begins, so that is strict: a line ends with CR LF and with nothing else, a fold
 * has something to say, and NUL stands nowhere but escaped in a display name. A broken line is remembered and the
 * walk goes on, since an answer needs the fields that follow; only where the lines themselves are in doubt it stops.
 */
const CR = 13
const LF = 10
const COLON = 58
const BACKSLASH = 92

const scratch: number[] = Array.from({ length: LIMITS.maxHeaders * SLOTS }, () => 0)

/** What the walk over the fields found. */
interface Walk {
  refusal: RefusalName | undefined
  hasFolds: boolean
  /** Numbers in `scratch`. */
  slots: number
  /** Place in `scratch` of the first Content-Length, or -1. */
  lengthSlot: number
  bodyStart: number
  seen: number
  repeated: number
}

/** One object, filled anew for each message. */
const walk: Walk = {
  refusal: undefined,
  hasFolds: false,
  slots: 0,
  lengthSlot: -1,
  bodyStart: 0,
  seen: 0,
  repeated: 0,
}

/**
 * Parses one message.
 * @param text latin-1 text: one datagram, or one frame of a stream
 * @param isDatagram a datagram's body may end with the datagram, a frame's ends with its Content-Length
 * (RFC 3261 §18.3)
 * @returns the message, or a refusal with as much of the message as could be read
 */
export function parseMessage(text: string, isDatagram: boolean): Result<SipMessage, ParseFailure> {
  const start = skipEmptyLines(text)
  if (start === text.length) return fail('empty', undefined)
  const lineEnd = text.indexOf('\r\n', start)
  if (lineEnd < 0) return fail('not-sip', undefined)
  const octets = octetsOfMessage(text)
  const line = readStartLine(text, octets, start, lineEnd)
  if (typeof line === 'string') return fail(line, undefined)
  walkHeader(text, octets, lineEnd + 2)
  const { hasFolds, bodyStart, seen, repeated } = walk
  const parts: MessageParts = {
    text,
    index: scratch.slice(0, walk.slots),
    bodyStart,
    hasFolds,
    seen,
    repeated,
  }
  const message =
    line.kind === 'request'
      ? new SipRequest(parts, line.method, line.requestUri)
      : new SipResponse(parts, line.status, line.reason)
  const refusal = line.refusal ?? walk.refusal ?? endBody(message, octets, isDatagram)
  return refusal === undefined ? ok(message) : fail(refusal, message)
}

function fail(refusal: RefusalName, partial: SipMessage | undefined): Failed<ParseFailure> {
  return failed({ refusal, status: REFUSALS[refusal], partial })
}

/** Empty lines before the start line are skipped (RFC 3261 §7.5). */
function skipEmptyLines(text: string): number {
  let at = 0
  while (text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF) at += 2
  return at
}

function walkHeader(text: string, octets: Uint8Array, headersStart: number): void {
  walk.refusal = undefined
  walk.hasFolds = false
  walk.lengthSlot = -1
  walk.bodyStart = text.length
  const end = walkFields(text, octets, headersStart)
  if (end < 0) return
  walk.bodyStart = end + 2
  if (walk.bodyStart - headersStart > LIMITS.maxHeadersBytes) walk.refusal ??= 'headers-too-large'
  if (hasBareNul(text, headersStart, end, walk.slots)) walk.refusal ??= 'nul-in-header'
}

/**
 * Fills the index.
 * @returns where the empty line stands, or -1: where the next line begins cannot be said, or nobody needs it
 */
function walkFields(text: string, octets: Uint8Array, headersStart: number): number {
  let at = headersStart
  let slots = 0
  let seen = 0
  let repeated = 0
  while (octets[at] !== CR || octets[at + 1] !== LF) {
    let valueEnd = -1
    if (at - headersStart > LIMITS.maxHeadersBytes) walk.refusal ??= 'headers-too-large'
    else if (slots === scratch.length) walk.refusal ??= 'too-many-headers'
    else valueEnd = endOfField(text, octets, at)
    if (valueEnd < 0) {
      at = -1
      break
    }
    const nameEnd = endOfToken(octets, at, valueEnd)
    const colon = endOfBlanks(octets, nameEnd, valueEnd)
    if (nameEnd === at || octets[colon] !== COLON) walk.refusal ??= 'header-without-colon'
    else {
      const id = headerIdAt(octets, at, nameEnd)
      if (id <= MAX_COUNTED_ID) {
        const bit = 1 << id
        repeated |= seen & bit
        seen |= bit
        if (id === H.contentLength && walk.lengthSlot < 0) walk.lengthSlot = slots
      }
      scratch[slots] = id
      scratch[slots + 1] = at
      scratch[slots + 2] = endOfBlanks(octets, colon + 1, valueEnd)
      scratch[slots + 3] = valueEnd
      slots += SLOTS
    }
    if (valueEnd - at > LIMITS.maxHeaderBytes) walk.refusal ??= 'header-too-large'
    at = valueEnd + 2
  }
  walk.slots = slots
  walk.seen = seen
  walk.repeated = repeated
  return at
}

/** The CR LF that ends the field at `at`, folds included (RFC 3261 §7.3.1), or -1 when the lines are in doubt. */
function endOfField(text: string, octets: Uint8Array, at: number): number {
  for (;;) {
    const lf = text.indexOf('\n', at)
    if (lf < 0 || text.indexOf('\r', at) !== lf - 1) {
      walk.refusal ??= lf < 0 ? 'headers-not-ended' : 'bare-line-end'
      return -1
    }
    const next = octets[lf + 1]
    if (next !== 32 && next !== 9) return lf - 1
    walk.hasFolds = true
    at = endOfBlanks(octets, lf + 1, text.length)
    if (octets[at] === CR && octets[at + 1] === LF) walk.refusal ??= 'blank-fold'
  }
}

/** Whether NUL stands in the header otherwise than escaped in From or To. */
function hasBareNul(text: string, start: number, end: number, slots: number): boolean {
  if (!text.slice(start, end).includes('\0')) return false
  let covered = start
  for (let i = 0; i < slots; i += SLOTS) {
    if (scratch[i] !== H.from && scratch[i] !== H.to) continue
    const valueStart = scratch[i + 2] ?? 0
    const valueEnd = scratch[i + 3] ?? 0
    if (text.slice(covered, valueStart).includes('\0')) return true
    for (let at = text.indexOf('\0', valueStart); at >= 0 && at < valueEnd; at = text.indexOf('\0', at + 1)) {
      if (!isEscaped(text, valueStart, at)) return true
    }
    covered = valueEnd
  }
  return text.slice(covered, end).includes('\0')
}

/** Whether an odd number of backslashes stands before `at` (RFC 3261 §25.1 quoted-pair). */
function isEscaped(text: string, start: number, at: number): boolean {
  let first = at
  while (first > start && text.charCodeAt(first - 1) === BACKSLASH) first -= 1
  return (at - first) % 2 === 1
}

/** Content-Length counts (RFC 3261 §18.3); the last thing that can be wrong with the frame itself. */
function endBody(message: SipMessage, octets: Uint8Array, isDatagram: boolean): RefusalName | undefined {
  const { text, bodyStart } = message
  if (walk.lengthSlot < 0) {
    if (!isDatagram) return 'content-length-missing'
  } else {
    const lineEnd = scratch[walk.lengthSlot + 3] ?? 0
    const start = skipLws(text, scratch[walk.lengthSlot + 2] ?? 0, lineEnd)
    const end = lwsTrimmedEnd(text, start, lineEnd)
    if (start === end || endOfDigits(octets, start, end) !== end) return 'content-length-malformed'
    let bytes = 0
    for (let i = start; i < end; i++) bytes = bytes * 10 + (octets[i] ?? 0) - 48
    if (bytes > LIMITS.maxBodyBytes) return 'body-too-large'
    if (bytes > text.length - bodyStart) return 'body-shorter-than-content-length'
    message.bodyEnd = bodyStart + bytes
  }
  return message.bodyEnd - bodyStart > LIMITS.maxBodyBytes ? 'body-too-large' : undefined
}
