import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { SLOTS } from '../../sip/message/walk.ts'
import { PSTN_TYPES } from '../../sip/pstn-types.ts'
import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import { subjectOfSource } from '../source.ts'

/**
 * Signalling of the telephone network, from who is no neighbour of ours: a gateway behind us might take it as that of
 * an exchange, with the caller, the charge and the rights that it names.
 */
export const pstnBody = detector({
  id: 'pstn-body',
  title: 'Signalling of the telephone network from outside',
  class: 'spec',
  threats: ['pstn-malformed-signalling', 'pstn-gateway-single-point'],
  isSpoofable: true,
  score: 50,
  evasion:
    'Under another content type, which a gateway does not read as signalling; or from a neighbour, who is trusted with it.',
  thresholds: {},
  start: ({ report }) => ({
    only: { request: { heavy: true } },
    request: seen => {
      const { request, source } = seen
      if (!request.has(H.contentType) || source.trunk !== undefined || source.isAllowed) return
      const type = pstnType(request)
      if (type === undefined) return
      report({
        subject: subjectOfSource(source),
        seen,
        value: 1,
        limit: 1,
        why: `${source.ip}, which is no neighbour, sent ${type} in the body of ${quoted(request.method)}: signalling as exchanges use it among themselves.`,
        confidence: 'high',
        isSpoofable: !source.isProved,
      })
    },
  }),
})

/** The common case costs one comparison and makes nothing. */
function pstnType(request: SipRequest): string | undefined {
  const { text, index } = request
  const at = index[request.rowOf(H.contentType) * SLOTS + 2] ?? 0
  if (text.startsWith('application/sdp', at) || text.startsWith(' application/sdp', at)) return undefined
  const type = (request.header(H.contentType) ?? '').toLowerCase()
  if (!type.startsWith('multipart/')) return PSTN_TYPES.find(each => type.startsWith(each))
  const body = request.body.toLowerCase()
  return PSTN_TYPES.find(each => body.includes(each))
}
