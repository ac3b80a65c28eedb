import type { FramingLimits } from './framing.ts'

const SPACE = 32
const TAB = 9
const DIGIT_0 = 48
const SMALL_C = 99
const SMALL_L = 108
/** What turns a capital into its small letter. */
const CASE_BIT = 32
const LONG_ROW = 'Content-Length: '
const COMPACT_ROW = 'l: '
/** Of `Content-Length`: Contact, Call-ID, CSeq and Content-Type have no `l` there. */
const LETTER_OF_LENGTH = 8
const MAX_LENGTH_DIGITS = 6

/**
 * The short way of framing, for what nearly all messages look like: complete, and with one plain Content-Length
 * row. Each line is found by two searches of one character, which the engine does many bytes at a time: 0.2 µs
 * for a message of 800 bytes instead of 1.4 µs byte by byte.
 *
 * It never judges: whatever is out of the ordinary is left to the framer, which looks again at every byte.
 *
 * @param text latin-1, flat
 * @param start of the first line, which begins with a visible character
 * @returns where the message ends, or -1 when the framer has to look
 */
export function endOfWholeMessage(text: string, start: number, limits: FramingLimits): number {
  let lineEnd = endOfLine(text, start)
  if (lineEnd < 0 || lineEnd - start > limits.maxStartLineBytes) return -1
  const headersStart = lineEnd + 2
  let bodyLength = -1
  for (let at = headersStart; ; at = lineEnd + 2) {
    lineEnd = endOfLine(text, at)
    if (lineEnd < 0 || lineEnd - headersStart > limits.maxHeadersBytes) return -1
    if (lineEnd === at) break
    const first = text.charCodeAt(at) | CASE_BIT
    const mayBeLength =
      first === SMALL_L ||
      (first === SMALL_C && (text.charCodeAt(at + LETTER_OF_LENGTH) | CASE_BIT) === SMALL_L)
    if (!mayBeLength) continue
    // Only one, and only as it is usually written.
    if (bodyLength >= 0) return -1
    bodyLength = plainLength(text, at, lineEnd)
    if (bodyLength < 0 || bodyLength > limits.maxBodyBytes) return -1
  }
  if (bodyLength < 0) return -1
  const end = lineEnd + 2 + bodyLength
  return end <= text.length ? end : -1
}

/** Where the CR of the line's end stands; -1 when the line is not complete or holds another CR or LF. */
function endOfLine(text: string, at: number): number {
  const lineFeed = text.indexOf('\n', at)
  return lineFeed > at && text.indexOf('\r', at) === lineFeed - 1 ? lineFeed - 1 : -1
}

/** The value of a row that is a plain length and is not folded; else -1. */
function plainLength(text: string, rowStart: number, lineEnd: number): number {
  const row = text.startsWith(LONG_ROW, rowStart) ? LONG_ROW : COMPACT_ROW
  if (row === COMPACT_ROW && !text.startsWith(COMPACT_ROW, rowStart)) return -1
  const valueStart = rowStart + row.length
  if (lineEnd === valueStart || lineEnd - valueStart > MAX_LENGTH_DIGITS) return -1
  let length = 0
  for (let at = valueStart; at < lineEnd; at += 1) {
    const digit = text.charCodeAt(at) - DIGIT_0
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
  }
  const next = text.charCodeAt(lineEnd + 2)
  return next === SPACE || next === TAB ? -1 : length
}
