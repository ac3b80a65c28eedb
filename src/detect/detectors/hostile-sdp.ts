import { H } from '../../sip/message/header-id.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import { octetsOfMessage } from '../../sip/octets.ts'
import { detector } from '../detector.ts'
import { isHome } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import type { RequestSeen, ResponseSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'

const MAX_PORT = 65_535
/** Below are ports of other services: media sent there attacks them. */
const FIRST_MEDIA_PORT = 1024
const MAX_LINE = 1024
const LF = 10
const EQUALS = 61

/**
 * Session descriptions that lead media where no telephone is: to the whole network, to groups, to the host itself, to
 * ports of other services; and such that are built to run over. An address of 0.0.0.0, port 0 and private addresses are
 * usual: a call on hold, a stream refused, a phone behind NAT.
 */
export const hostileSdp = detector({
  id: 'hostile-sdp',
  title: 'A session description that leads media astray',
  class: 'spec',
  threats: ['malformed-messages', 'reflection', 'phone-vulnerabilities'],
  isSpoofable: true,
  score: 30,
  evasion: 'The address of a single victim: that looks like any telephone until its media are missing.',
  thresholds: {
    streams: {
      ...{ default: 32, min: 4, max: 1000, unit: 'streams' },
      meaning: 'Media lines of one session description.',
    },
  },
  start({ limits, report }) {
    function look(seen: RequestSeen | ResponseSeen, message: SipRequest | SipResponse): void {
      const what = faultOf(message, limits.streams, isHome(seen.source, seen.atMs))
      if (what === undefined) return
      report({
        subject: subjectOfSource(seen.source),
        ...{ seen, value: 1, limit: 1, confidence: 'medium' },
        why: `${seen.source.ip} sent a session description with ${what}`,
      })
    }

    return {
      request(seen) {
        const { request } = seen
        if (request.bodyEnd > request.bodyStart) look(seen, request)
      },
      response(seen) {
        const { response } = seen
        if (response.bodyEnd > response.bodyStart) look(seen, response)
      },
    }
  },
})

/** @param isOfUser a phone that has lost its network names itself by loopback: of users of ours that is borne */
function faultOf(
  message: SipRequest | SipResponse,
  maxStreams: number,
  isOfUser: boolean,
): string | undefined {
  const { text, bodyStart, bodyEnd } = message
  // Other bodies, and SDP among several parts, begin otherwise.
  if (text.charCodeAt(bodyStart) !== 118 || text.charCodeAt(bodyStart + 1) !== 61) {
    const type = (message.header(H.contentType) ?? '').toLowerCase()
    if (!type.startsWith('multipart/') && !type.startsWith('application/sdp')) return undefined
  }
  const octets = octetsOfMessage(text)
  let streams = 0
  for (let at = bodyStart; at < bodyEnd; ) {
    let end = at
    while (end < bodyEnd && octets[end] !== LF) end += 1
    const letter = octets[at]
    if (octets[at + 1] === EQUALS) {
      if (end - at > MAX_LINE && letter !== 97) return 'a line beyond any in use'
      const fault =
        letter === 99
          ? addressFault(text, at, end, isOfUser)
          : letter === 109
            ? portFault(text, at, end)
            : undefined
      if (fault !== undefined) return fault
      if (letter === 109) streams += 1
      if (letter === 97 && end - at > MAX_LINE && text.startsWith('a=rtpmap:', at))
        return 'a format name beyond any in use'
    }
    at = end + 1
  }
  return streams > maxStreams ? `${streams} streams` : undefined
}

/** `c=IN IP4 192.0.2.1`: where media shall go. */
function addressFault(text: string, at: number, end: number, isOfUser: boolean): string | undefined {
  const isV4 = text.startsWith('c=IN IP4 ', at)
  if (!isV4 && !text.startsWith('c=IN IP6 ', at)) return undefined
  const address = text.slice(at + 9, end).trimEnd()
  if (!isV4) {
    const lower = address.toLowerCase()
    return lower.startsWith('ff') || (lower === '::1' && !isOfUser)
      ? `media to ${quoted(address, 48)}`
      : undefined
  }
  const first = Number.parseInt(address, 10)
  if ((first === 127 && !isOfUser) || (first >= 224 && first <= 255)) return `media to ${quoted(address, 48)}`
  return undefined
}

/** `m=audio 49170 RTP/AVP 0`. */
function portFault(text: string, at: number, end: number): string | undefined {
  const blank = text.indexOf(' ', at)
  if (blank < 0 || blank > end) return undefined
  let port = 0
  let digit = blank + 1
  for (; digit < end; digit += 1) {
    const code = text.charCodeAt(digit)
    if (code < 48 || code > 57) break
    port = port * 10 + code - 48
    if (port > MAX_PORT) return `port ${quoted(text.slice(blank + 1, end), 16)}`
  }
  if (digit === blank + 1) return `port ${quoted(text.slice(blank + 1, end), 16)}`
  // TCP media names port 9 where the other side opens the connection (RFC 4145 §4.1).
  return port > 0 && port < FIRST_MEDIA_PORT && port !== 9 ? `media to port ${port}` : undefined
}
