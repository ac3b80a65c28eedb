import { octetsOfMessage } from './octets.ts'

const MAX_PORT = 65_535
const LF = 10
const EQUALS = 61

/**
 * Walks the lines of a session description (RFC 8866 §5), in a body of its own or among others, until one has something
 * wrong with it. One look at each octet.
 * @param judge `letter` is the octet before the equals sign; `end` is behind the last octet of the line
 */
export function firstOfLines<T>(
  text: string,
  start: number,
  stop: number,
  judge: (letter: number, at: number, end: number) => T | undefined,
): T | undefined {
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

/** The address of `c=IN IP4 192.0.2.1`; undefined of another kind of network. */
export function connectionAddress(text: string, at: number, end: number): string | undefined {
  if (!text.startsWith('c=IN IP4 ', at) && !text.startsWith('c=IN IP6 ', at)) return undefined
  return text.slice(at + 9, end).trimEnd()
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
