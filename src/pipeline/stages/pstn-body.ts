import { H } from '../../sip/message/header-id.ts'
import { PSTN_TYPES } from '../../sip/pstn-types.ts'
import { drop, next, reply, type Stage } from '../stage.ts'

/**
 * Signalling of exchanges comes from neighbours alone: a gateway behind us would take the caller, the charge and the
 * rights that it names for those of an exchange. Bodies that are encrypted or compressed are not looked into.
 */
export const pstnBody: Stage = {
  name: 'pstn-body',
  rfc: 'RFC 3204 §2; RFC 3398 §15',
  meets: ['pstn-malformed-signalling'],
  run: ({ request, flow, ports }) => {
    if (request.bodyEnd <= request.bodyStart || !request.has(H.contentType)) return next
    const type = (request.header(H.contentType) ?? '').toLowerCase()
    if (type.startsWith('application/sdp') || !hasSignalling(type, request.body)) return next
    if (ports.trunkOf(flow) !== undefined) return next
    if (request.method === 'ACK') return drop('pstn-body')
    return reply(415, 'pstn-body', [['Accept', 'application/sdp, text/plain']])
  },
}

function hasSignalling(type: string, body: string): boolean {
  const text = type.startsWith('multipart/') ? body.toLowerCase() : type
  return PSTN_TYPES.some(each => text.includes(each))
}
