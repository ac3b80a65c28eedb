import { connectionAddress, firstOfLines, mediaPort, reachesMany } from '../../sip/media-lines.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import { detector } from '../detector.ts'
import { isHome } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import type { RequestSeen, ResponseSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'

/** Below are ports of other services: media sent there attacks them. */
const FIRST_MEDIA_PORT = 1024
const MAX_LINE = 1024
const A = 97
const C = 99
const M = 109

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
      only: { request: { heavy: true }, response: { heavy: true } },
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
  let streams = 0
  const fault = firstOfLines(text, bodyStart, bodyEnd, MAX_LINE, (letter, at, end) => {
    if (end - at > MAX_LINE && letter !== A) return 'a line beyond any in use'
    if (letter === C) return addressFault(text, at, end, isOfUser)
    if (letter === M) {
      streams += 1
      return portFault(text, at, end)
    }
    return letter === A && end - at > MAX_LINE && text.startsWith('a=rtpmap:', at)
      ? 'a format name beyond any in use'
      : undefined
  })
  return fault ?? (streams > maxStreams ? `${streams} streams` : undefined)
}

function addressFault(text: string, at: number, end: number, isOfUser: boolean): string | undefined {
  if (leadsToOne(text, at)) return undefined
  const address = connectionAddress(text, at, end)
  if (address === undefined) return undefined
  const isLoopback = address === '::1' || Number.parseInt(address, 10) === 127
  return reachesMany(address) || (isLoopback && !isOfUser) ? `media to ${quoted(address, 48)}` : undefined
}

const FIRST_OF_ADDRESS = 'c=IN IP4 '.length
const DOT = 46
const LOOPBACK = 127
const FIRST_MULTICAST = 224

/** Most addresses: IPv4 of one host that is not this one, told by the number before its first dot. */
function leadsToOne(text: string, at: number): boolean {
  if (!text.startsWith('c=IN IP4 ', at)) return false
  let first = 0
  for (let i = at + FIRST_OF_ADDRESS; i < at + FIRST_OF_ADDRESS + 4; i += 1) {
    const digit = text.charCodeAt(i)
    if (digit === DOT) return i > at + FIRST_OF_ADDRESS && first !== LOOPBACK && first < FIRST_MULTICAST
    if (digit < 48 || digit > 57) return false
    first = first * 10 + digit - 48
  }
  return false
}

function portFault(text: string, at: number, end: number): string | undefined {
  const port = mediaPort(text, at, end)
  if (port === undefined) return undefined
  if (Number.isNaN(port)) return `port ${quoted(text.slice(text.indexOf(' ', at) + 1, end), 16)}`
  // TCP media names port 9 where the other side opens the connection (RFC 4145 §4.1).
  return port > 0 && port < FIRST_MEDIA_PORT && port !== 9 ? `media to port ${port}` : undefined
}
