import { LIMITS } from '../../base/limits.ts'
import { type Failed, failed, ok, type Result } from '../../base/result.ts'
import { lwsTrimmedEnd, skipLws } from '../chars.ts'
import { endOfDigits, octetsOfMessage } from '../octets.ts'
import { H } from './header-id.ts'
import { type ParseFailure, type SipMessage, SipRequest, SipResponse } from './message.ts'
import { REFUSALS, type RefusalName } from './refusal.ts'
import { readStartLine } from './start-line.ts'
import { SLOTS, walkHeader } from './walk.ts'

const CR = 13
const LF = 10

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
  const walk = walkHeader(text, octets, lineEnd + 2)
  const message =
    line.kind === 'request'
      ? new SipRequest(text, lineEnd + 2, walk, line.method, line.uriStart, line.uriEnd)
      : new SipResponse(text, lineEnd + 2, walk, line.status, line.reason)
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

/** Content-Length counts (RFC 3261 §18.3); the last thing that can be wrong with the frame itself. */
function endBody(message: SipMessage, octets: Uint8Array, isDatagram: boolean): RefusalName | undefined {
  const { text, bodyStart } = message
  const row = message.rowOf(H.contentLength)
  if (row < 0) {
    if (!isDatagram) return 'content-length-missing'
  } else {
    const { index } = message
    const lineEnd = index[row * SLOTS + 3] ?? 0
    const start = skipLws(text, index[row * SLOTS + 2] ?? 0, lineEnd)
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
