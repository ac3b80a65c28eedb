import { LIMITS } from '../../base/limits.ts'
import { type Failed, failed, ok, type Result } from '../../base/result.ts'
import { isDigits, isToken } from '../chars.ts'
import { H, headerIdOf } from './header-id.ts'
import { type ParseFailure, type SipMessage, SipRequest, SipResponse, SLOTS } from './message.ts'
import { REFUSALS, type RefusalName } from './refusal.ts'

/**
 * One pass over the header: the start line is taken apart, every field becomes four numbers. Nothing else is
 * looked at here; `checkMessage` judges the fields that every element needs. Strict, linear, bounded.
 */
const scratch = new Int32Array(LIMITS.maxHeaders * SLOTS)

/**
 * Parses one message.
 * @param text latin-1 text: one datagram, or one frame of a stream
 * @param isDatagram a datagram's body ends with the datagram, a frame's with its Content-Length (RFC 3261 §18.3)
 * @returns the message, or a refusal with as much of the message as could be read
 */
export function parseMessage(text: string, isDatagram: boolean): Result<SipMessage, ParseFailure> {
  const start = skipEmptyLines(text)
  const lineEnd = text.indexOf('\r\n', start)
  if (start >= text.length) return fail('empty', undefined)
  if (lineEnd < 0) return fail('not-sip', undefined)
  if (lineEnd - start > LIMITS.maxStartLineBytes)
    return indexed(text, start, lineEnd, isDatagram, 'start-line-too-long')
  return indexed(text, start, lineEnd, isDatagram, undefined)
}

function indexed(
  text: string,
  start: number,
  lineEnd: number,
  isDatagram: boolean,
  early: RefusalName | undefined,
): Result<SipMessage, ParseFailure> {
  let refusal = early
  let slots = 0
  let at = lineEnd + 2
  const headersStart = at
  let bodyStart = -1
  while (at < text.length) {
    if (text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10) {
      bodyStart = at + 2
      break
    }
    let end = text.indexOf('\n', at)
    // A fold goes on: the next line begins with a blank (RFC 3261 §7.3.1).
    while (end >= 0 && isFoldAt(text, end + 1)) end = text.indexOf('\n', end + 1)
    if (end < 0) break
    const valueEnd = text.charCodeAt(end - 1) === 13 ? end - 1 : end
    if (slots === scratch.length) {
      refusal ??= 'too-many-headers'
      break
    }
    const colon = text.indexOf(':', at)
    const nameEnd = colon < 0 || colon > valueEnd ? -1 : trimmedEnd(text, at, colon)
    if (nameEnd < 0 || !isToken(text, at, nameEnd)) refusal ??= 'header-without-colon'
    else {
      scratch[slots] = headerIdOf(text.slice(at, nameEnd))
      scratch[slots + 1] = at
      scratch[slots + 2] = colon + 1
      scratch[slots + 3] = valueEnd
      slots += SLOTS
    }
    if (valueEnd - at > LIMITS.maxHeaderBytes) refusal ??= 'header-too-large'
    at = end + 1
  }
  if (bodyStart < 0) refusal ??= 'headers-not-ended'
  const headersEnd = bodyStart < 0 ? text.length : bodyStart
  if (headersEnd - headersStart > LIMITS.maxHeadersBytes) refusal ??= 'headers-too-large'
  if (hasBareLineEnd(text, start, headersEnd)) refusal ??= 'bare-line-end'
  const index = scratch.slice(0, slots)
  return startLine(text, start, lineEnd, index, headersEnd, isDatagram, refusal)
}

function startLine(
  text: string,
  start: number,
  lineEnd: number,
  index: Int32Array,
  bodyStart: number,
  isDatagram: boolean,
  refusal: RefusalName | undefined,
): Result<SipMessage, ParseFailure> {
  const line = text.slice(start, Math.min(lineEnd, start + LIMITS.maxStartLineBytes))
  if (/^SIP\//i.test(line)) {
    const response = readStatusLine(text, line, index, bodyStart)
    if (response === undefined) return fail('status-line-malformed', undefined)
    return finish(response, isDatagram, refusal)
  }
  const read = readRequestLine(text, line, index, bodyStart)
  if (read === undefined) return fail('not-sip', undefined)
  return finish(read.request, isDatagram, refusal ?? read.refusal)
}

/** `SIP/2.0 SP 3DIGIT SP reason` (RFC 3261 §7.2); a missing reason's space is tolerated. */
function readStatusLine(
  text: string,
  line: string,
  index: Int32Array,
  bodyStart: number,
): SipResponse | undefined {
  if (!/^SIP\/2\.0 [1-6][0-9][0-9](?: |$)/i.test(line)) return undefined
  return new SipResponse(text, index, bodyStart, Number(line.slice(8, 11)), line.slice(12))
}

/** `Method SP Request-URI SP SIP-Version` (RFC 3261 §7.1), exactly one space each. */
function readRequestLine(
  text: string,
  line: string,
  index: Int32Array,
  bodyStart: number,
): { request: SipRequest; refusal: RefusalName | undefined } | undefined {
  const methodEnd = line.indexOf(' ')
  const uriEnd = line.lastIndexOf(' SIP/')
  const cut = uriEnd < 0 ? line.toUpperCase().lastIndexOf(' SIP/') : uriEnd
  if (methodEnd <= 0) return undefined
  if (cut < 0 || cut < methodEnd) {
    // A line too long was cut short: its version is beyond our bound, the request is still one.
    if (line.length < LIMITS.maxStartLineBytes) return undefined
    return {
      request: request(line.slice(0, methodEnd), line.slice(methodEnd + 1)),
      refusal: 'start-line-too-long',
    }
  }
  const method = line.slice(0, methodEnd)
  const uri = line.slice(methodEnd + 1, cut)
  const version = line.slice(cut + 1)
  let refusal: RefusalName | undefined
  if (!isToken(method)) refusal = 'method-malformed'
  else if (!isVersion(version.trimEnd())) refusal = 'request-line-malformed'
  else if (version.trimEnd().toUpperCase() !== 'SIP/2.0') refusal = 'version-not-supported'
  else if (version !== version.trimEnd() || uri === '' || uri.includes(' ') || uri.includes('\t')) {
    refusal = 'request-line-malformed'
  }
  return { request: request(method, uri), refusal }

  function request(name: string, requestUri: string): SipRequest {
    return new SipRequest(text, index, bodyStart, name, requestUri)
  }
}

function isVersion(text: string): boolean {
  const dot = text.indexOf('.')
  return dot > 4 && isDigits(text, 4, dot) && isDigits(text, dot + 1)
}

/** Finds the end of the body; the last thing that can be wrong with the frame itself. */
function finish(
  message: SipMessage,
  isDatagram: boolean,
  refusal: RefusalName | undefined,
): Result<SipMessage, ParseFailure> {
  if (refusal !== undefined) return fail(refusal, message)
  const length = message.header(H.contentLength)
  const available = message.text.length - message.bodyStart
  if (length === undefined) {
    if (!isDatagram) return fail('content-length-missing', message)
  } else {
    if (!isDigits(length) || length.length > 10) return fail('content-length-malformed', message)
    const bytes = Number(length)
    if (bytes > LIMITS.maxBodyBytes) return fail('body-too-large', message)
    if (bytes > available) return fail('body-shorter-than-content-length', message)
    message.bodyEnd = message.bodyStart + bytes
  }
  if (message.bodyEnd - message.bodyStart > LIMITS.maxBodyBytes) return fail('body-too-large', message)
  return ok(message)
}

function fail(refusal: RefusalName, partial: SipMessage | undefined): Failed<ParseFailure> {
  return failed({ refusal, status: REFUSALS[refusal], partial })
}

/** Empty lines before the start line are skipped (RFC 3261 §7.5). */
function skipEmptyLines(text: string): number {
  let at = 0
  while (text.charCodeAt(at) === 13 && text.charCodeAt(at + 1) === 10) at += 2
  return at
}

function isFoldAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 32 || code === 9
}

/** End of the name: blanks may stand before the colon (MSG-02). */
function trimmedEnd(text: string, start: number, end: number): number {
  while (end > start && isFoldAt(text, end - 1)) end -= 1
  return end
}

/** A CR without LF or an LF without CR in the header: two readers could see two messages. */
function hasBareLineEnd(text: string, start: number, end: number): boolean {
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
    if (text.charCodeAt(at - 1) !== 13) return true
  }
  for (let at = text.indexOf('\r', start); at >= 0 && at < end; at = text.indexOf('\r', at + 1)) {
    if (text.charCodeAt(at + 1) !== 10) return true
  }
  return false
}
