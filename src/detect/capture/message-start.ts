/**
 * Where in a text the first line is that begins a SIP message (RFC 3261 §7), or -1: how reading goes on in a stream
 * of which a part is missing. The work is linear.
 */
export function messageStartIn(text: string): number {
  for (let at = text.indexOf(VERSION); at >= 0; at = text.indexOf(VERSION, at + VERSION.length)) {
    const isLineStart = at === 0 || text.charCodeAt(at - 1) === LF
    if (isLineStart && isStatus(text, at + VERSION.length)) return at
    const end = at + VERSION.length
    if (text.charCodeAt(end) !== CR || text.charCodeAt(end + 1) !== LF) continue
    const start = text.lastIndexOf('\n', at) + 1
    if (isRequestLine(text, start, at)) return start
  }
  return -1
}

/** Whether a datagram or the beginning of a stream looks like SIP. @param text its first octets, some hundred */
export function looksLikeSip(text: string): boolean {
  let start = 0
  while (text.charCodeAt(start) === CR || text.charCodeAt(start) === LF) start += 1
  if (text.startsWith(VERSION, start)) return isStatus(text, start + VERSION.length)
  const end = text.indexOf('\r\n', start)
  const lineEnd = end < 0 ? text.length : end
  if (end >= 0 && !text.startsWith(` ${VERSION}`, lineEnd - VERSION.length - 1)) return false
  return isRequestLine(text, start, lineEnd)
}

const VERSION = 'SIP/2.0'
const CR = 13
const LF = 10
const SPACE = 32
const MAX_METHOD = 64

/** ` 200 ` */
function isStatus(text: string, at: number): boolean {
  if (text.charCodeAt(at) !== SPACE || text.charCodeAt(at + 4) !== SPACE) return false
  for (let i = 1; i < 4; i += 1) {
    const digit = text.charCodeAt(at + i) - 48
    if (!(digit >= 0 && digit <= 9)) return false
  }
  return true
}

/** A method of capitals, a space, and a scheme that SIP knows. */
function isRequestLine(text: string, start: number, end: number): boolean {
  let at = start
  while (at < end && at - start < MAX_METHOD && isCapital(text.charCodeAt(at))) at += 1
  if (at === start || text.charCodeAt(at) !== SPACE) return false
  const scheme = text.slice(at + 1, at + 6).toLowerCase()
  return scheme.startsWith('sip:') || scheme === 'sips:' || scheme.startsWith('tel:')
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90
}
