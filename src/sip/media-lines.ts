import { octetsOfMessage } from './octets.ts'

const MAX_PORT = 65_535
const LF = 10
const CR = 13
const EQUALS = 61

const LETTER_C = 99
const LETTER_M = 109

/**
 * Walks the lines of a session description (RFC 8866 §5), in a body of its own or among others, until one has something
 * wrong with it. One look at each octet. Where no line can be longer than is usual, only those are shown that say where
 * media go: `c=`, then `m=`.
 * @param usualOctets how long a line is that is no fault by itself
 * @param judge `letter` is the octet before the equals sign; `end` is behind the last octet of the line
 */
export function firstOfLines<T>(
  text: string,
  start: number,
  stop: number,
  usualOctets: number,
  judge: (letter: number, at: number, end: number) => T | undefined,
): T | undefined {
  if (stop - start <= usualOctets)
    return (
      firstOfKind(text, start, stop, '\nc=', LETTER_C, judge) ??
      firstOfKind(text, start, stop, '\nm=', LETTER_M, judge)
    )
  const octets = octetsOfMessage(text)
  for (let at = start; at < stop; ) {
    let end = at
    while (end < stop && octets[end] !== LF) end += 1
    const letter = octets[at]
    if (letter !== undefined && octets[at + 1] === EQUALS) {
      const found = judge(letter, at, end)
      if (found !== undefined) return found
    }
    at = end + 1
  }
  return undefined
}

function firstOfKind<T>(
  text: string,
  start: number,
  stop: number,
  begin: string,
  letter: number,
  judge: (letter: number, at: number, end: number) => T | undefined,
): T | undefined {
  // A body begins behind a line end: its first line is one like the others.
  let at = text.indexOf(begin, Math.max(0, start - 1)) + 1
  while (at > 0 && at < stop) {
    const next = text.indexOf('\n', at)
    const end = next < 0 || next > stop ? stop : next
    const found = judge(letter, at, end)
    if (found !== undefined) return found
    at = text.indexOf(begin, end) + 1
  }
  return undefined
}

/** The address of `c=IN IP4 192.0.2.1`; undefined of another kind of network. */
export function connectionAddress(text: string, at: number, end: number): string | undefined {
  if (!text.startsWith('c=IN IP4 ', at) && !text.startsWith('c=IN IP6 ', at)) return undefined
  const last = text.charCodeAt(end - 1) === CR ? end - 1 : end
  return text.slice(at + 9, last).trimEnd()
}

/** Whether media sent there reach many: multicast and broadcast (RFC 5771, RFC 4291 §2.7). */
export function reachesMany(address: string): boolean {
  if (address.includes(':')) return /^ff/i.test(address)
  const first = Number.parseInt(address, 10)
  return first >= 224 && first <= 255
}

/** The port of `m=audio 49170 RTP/AVP 0`: NaN when it is none, undefined when the line ends before it. */
export function mediaPort(text: string, at: number, end: number): number | undefined {
  const blank = text.indexOf(' ', at)
  if (blank < 0 || blank > end) return undefined
  let port = 0
  let digit = blank + 1
  for (; digit < end; digit += 1) {
    const code = text.charCodeAt(digit)
    if (code < 48 || code > 57) break
    port = port * 10 + code - 48
    if (port > MAX_PORT) return Number.NaN
  }
  return digit === blank + 1 ? Number.NaN : port
}
