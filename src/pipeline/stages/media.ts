import { LIMITS } from '../../base/limits.ts'
import { connectionAddress, firstOfLines, mediaPort, reachesMany } from '../../sip/media-lines.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { drop, next, type RequestContext, reply, type Stage, type Verdict } from '../stage.ts'
import { warning } from '../warning.ts'

const A = 97
const C = 99
const M = 109
const V = 118
const HYPHEN = 45

/**
 * What no phone should be made to read: a session description that has it send media to everybody or to no port, and
 * bodies that cost their reader more than their sender. A site refuses here what its phones should not get;
 * responses pass, nobody could be answered. Bodies that are encrypted or compressed are not looked into.
 */
export const media: Stage = {
  name: 'media',
  rfc: 'RFC 3261 §21.4.26; RFC 8866 §5.7, §5.14',
  meets: ['malformed-messages', 'phone-vulnerabilities'],
  run: context => {
    const { request, ports } = context
    if (request.bodyEnd <= request.bodyStart || ports.mayMediaStray) return next
    const fault = faultOf(request)
    return fault === undefined ? next : refusal(context, fault)
  },
}

function refusal({ request, ports }: RequestContext, why: string): Verdict {
  if (request.method === 'ACK') return drop(why)
  return reply(488, why, [['Warning', warning(ports.agentHost, why.replaceAll('-', ' '))]])
}

function faultOf(request: SipRequest): string | undefined {
  const { text, bodyStart } = request
  if (text.charCodeAt(bodyStart) === V && text[bodyStart + 1] === '=') return sessionFault(request)
  const type = (request.header(H.contentType) ?? '').toLowerCase()
  if (type.startsWith('multipart/')) return partsFault(request)
  return type.startsWith('application/sdp') ? sessionFault(request) : undefined
}

function sessionFault({ text, bodyStart, bodyEnd }: SipRequest): string | undefined {
  let streams = 0
  return firstOfLines(text, bodyStart, bodyEnd, LIMITS.maxSessionLineBytes, (letter, at, end) => {
    const isLong = end - at > LIMITS.maxSessionLineBytes
    if (letter === C) {
      const address = connectionAddress(text, at, end)
      return address !== undefined && reachesMany(address) ? 'media-to-many' : undefined
    }
    if (letter === M) {
      streams += 1
      if (streams > LIMITS.maxMediaStreams) return 'too-many-streams'
      if (Number.isNaN(mediaPort(text, at, end))) return 'media-to-no-port'
    }
    // Keys and proofs of identity make long attributes; names of formats are short.
    return isLong && (letter !== A || text.startsWith('a=rtpmap:', at)) ? 'session-line-too-long' : undefined
  })
}

/** Every delimiter begins a line with two hyphens (RFC 2046 §5.1.1); each part has one, each level one more. */
function partsFault(request: SipRequest): string | undefined {
  const { text, bodyStart, bodyEnd } = request
  let delimiters = 0
  for (let at = bodyStart; at >= 0 && at < bodyEnd; at = text.indexOf('\n', at) + 1 || bodyEnd) {
    if (text.charCodeAt(at) !== HYPHEN || text.charCodeAt(at + 1) !== HYPHEN) continue
    delimiters += 1
    if (delimiters > 2 * LIMITS.maxBodyParts) return 'too-many-body-parts'
  }
  let levels = 0
  const body = text.slice(bodyStart, bodyEnd).toLowerCase()
  for (let at = body.indexOf(BOUNDARY); at >= 0; at = body.indexOf(BOUNDARY, at + BOUNDARY.length)) {
    levels += 1
    if (levels > LIMITS.maxBodyLevels) return 'body-parts-too-deep'
  }
  return sessionFault(request)
}

const BOUNDARY = 'boundary='
