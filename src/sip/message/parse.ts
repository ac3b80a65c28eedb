import { LIMITS } from '../../base/limits.ts'
import { type Failed, failed, ok, type Result } from '../../base/result.ts'
import { isBlank, isDigits, isToken, lwsTrimmedEnd, skipBlanks, skipLws, trimmedEnd } from '../chars.ts'
import { H, headerIdAt } from './header-id.ts'
import {
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
const BACKSLASH = 92

/** What the walk over the fields found. */
interface Walk {
  refusal: RefusalName | undefined
  hasFolds: boolean
  /** Numbers in `scratch`. */
  slots: number
  /** Place in `scratch` of the first Content-Length, or -1. */
  lengthSlot: number
  bodyStart: number
}

const scratch: number[] = Array.from({ length: LIMITS.maxHeaders * SLOTS }, () => 0)

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
  const line = readStartLine(text, start, lineEnd)
  if (typeof line === 'string') return fail(line, undefined)
  const walk = walkFields(text, lineEnd + 2)
  const index = scratch.slice(0, walk.slots)
  const parts: MessageParts = { text, index, bodyStart: walk.bodyStart, hasFolds: walk.hasFolds }
  const message =
    line.kind === 'request'
      ? new SipRequest(parts, line.method, line.requestUri)
      : new SipResponse(parts, line.status, line.reason)
  const refusal = line.refusal ?? walk.refusal ?? endBody(message, walk.lengthSlot, isDatagram)
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

function walkFields(text: string, headersStart: number): Walk {
  const walk: Walk = { refusal: undefined, hasFolds: false, slots: 0, lengthSlot: -1, bodyStart: text.length }
  let at = headersStart
  let colon = -1
  while (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) {
    if (at - headersStart > LIMITS.maxHeadersBytes) return lost(walk, 'headers-too-large')
    if (walk.slots === scratch.length) return lost(walk, 'too-many-headers')
    const valueEnd = endOfField(walk, text, at)
    if (valueEnd < 0) return walk
    // Looked for only when the last one found is used up: lines without any do not make the walk quadratic.
    if (colon < at) colon = text.indexOf(':', at)
    if (colon < 0) colon = text.length
    const nameEnd = colon < valueEnd ? trimmedEnd(text, at, colon) : at
    const id = headerIdAt(text, at, nameEnd)
    if (id === H.unknown && !isToken(text, at, nameEnd)) walk.refusal ??= 'header-without-colon'
    else {
      if (id === H.contentLength && walk.lengthSlot < 0) walk.lengthSlot = walk.slots
      scratch[walk.slots] = id
      scratch[walk.slots + 1] = at
      scratch[walk.slots + 2] = colon + 1
      scratch[walk.slots + 3] = valueEnd
      walk.slots += SLOTS
    }
    if (valueEnd - at > LIMITS.maxHeaderBytes) walk.refusal ??= 'header-too-large'
    at = valueEnd + 2
  }
  walk.bodyStart = at + 2
  if (walk.bodyStart - headersStart > LIMITS.maxHeadersBytes) walk.refusal ??= 'headers-too-large'
  if (hasBareNul(text, headersStart, at, walk.slots)) walk.refusal ??= 'nul-in-header'
  return walk
}

/** The rest is not indexed: where its lines are cannot be said, or nobody needs them. */
function lost(walk: Walk, refusal: RefusalName): Walk {
  walk.refusal ??= refusal
  return walk
}

/** The CR LF that ends the field at `at`, folds included (RFC 3261 §7.3.1), or -1 when the lines are in doubt. */
function endOfField(walk: Walk, text: string, at: number): number {
  for (;;) {
    const lf = text.indexOf('\n', at)
    if (lf < 0) {
      lost(walk, 'headers-not-ended')
      return -1
    }
    if (text.indexOf('\r', at) !== lf - 1) {
      lost(walk, 'bare-line-end')
      return -1
    }
    if (!isBlank(text.charCodeAt(lf + 1))) return lf - 1
    walk.hasFolds = true
    at = skipBlanks(text, lf + 1)
    if (text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF) walk.refusal ??= 'blank-fold'
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
function endBody(message: SipMessage, lengthSlot: number, isDatagram: boolean): RefusalName | undefined {
  const { text, index, bodyStart } = message
  if (lengthSlot < 0) {
    if (!isDatagram) return 'content-length-missing'
  } else {
    const end = index[lengthSlot + 3] ?? 0
    const digitsAt = skipLws(text, index[lengthSlot + 2] ?? 0, end)
    const digitsEnd = lwsTrimmedEnd(text, digitsAt, end)
    if (!isDigits(text, digitsAt, digitsEnd)) return 'content-length-malformed'
    const bytes = Number(text.slice(digitsAt, digitsEnd))
    if (bytes > LIMITS.maxBodyBytes) return 'body-too-large'
    if (bytes > text.length - bodyStart) return 'body-shorter-than-content-length'
    message.bodyEnd = bodyStart + bytes
  }
  return message.bodyEnd - bodyStart > LIMITS.maxBodyBytes ? 'body-too-large' : undefined
}
