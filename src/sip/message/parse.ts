import { LIMITS } from '../../base/limits.ts'
import { type Failed, failed, ok, type Result } from '../../base/result.ts'
import { endOfDigits, endOfLws, numberOf, octetsOfMessage } from '../octets.ts'
import { H } from './header-id.ts'
import { type ParseFailure, type SipMessage, SipRequest, SipResponse } from './message.ts'
import { REFUSALS, type RefusalName } from './refusal.ts'
import { faultOfUri, type RequestLine, readStartLine, type StatusLine } from './start-line.ts'
import { SLOTS, type Walk, walkHeader } from './walk.ts'

const CR = 13
const LF = 10
const CONTENT_LENGTH = 1 << H.contentLength

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
  const walk = walkHeader(text, lineEnd + 2)
  if (line.kind === 'response') {
    const response = responseOf(text, lineEnd + 2, walk, line)
    return judged(response, walk.refusal ?? endBody(response, octets, walk, isDatagram))
  }
  const request = requestOf(text, lineEnd + 2, walk, line)
  // What the grammar of a URI takes needs no second look.
  const fault = line.refusal ?? (request.uriResult.ok ? undefined : faultOfUri(octets, line))
  return judged(request, fault ?? walk.refusal ?? endBody(request, octets, walk, isDatagram))
}

/** In a function of its own the engine makes the object in place. */
function requestOf(text: string, headersStart: number, walk: Readonly<Walk>, line: RequestLine): SipRequest {
  return new SipRequest(text, headersStart, walk, line.method, line.uriStart, line.uriEnd)
}

function responseOf(text: string, headersStart: number, walk: Readonly<Walk>, line: StatusLine): SipResponse {
  return new SipResponse(text, headersStart, walk, line.status, line.reason)
}

function judged(message: SipMessage, refusal: RefusalName | undefined): Result<SipMessage, ParseFailure> {
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

/** Content-Length counts (RFC 3261 §18.3); the last thing that can be wrong with the frame itself. */
function endBody(
  message: SipMessage,
  octets: Uint8Array,
  { rows, seen, bodyStart }: Readonly<Walk>,
  isDatagram: boolean,
): RefusalName | undefined {
  const { text } = message
  if ((seen & CONTENT_LENGTH) === 0) {
    if (!isDatagram) return 'content-length-missing'
    return text.length - bodyStart > LIMITS.maxBodyBytes ? 'body-too-large' : undefined
  }
  const slot = (rows.first[H.contentLength] ?? 0) * SLOTS
  const lineEnd = rows.numbers[slot + 3] ?? 0
  const start = endOfLws(octets, rows.numbers[slot + 2] ?? 0, lineEnd)
  const digitsEnd = endOfDigits(octets, start, lineEnd)
  if (start === digitsEnd || endOfLws(octets, digitsEnd, lineEnd) !== lineEnd)
    return 'content-length-malformed'
  const bytes = numberOf(octets, start, digitsEnd)
  if (bytes > LIMITS.maxBodyBytes) return 'body-too-large'
  if (bytes > text.length - bodyStart) return 'body-shorter-than-content-length'
  message.bodyEnd = bodyStart + bytes
  return undefined
}
