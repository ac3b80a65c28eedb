import { KNOWN_METHODS, METHODS } from '../../sip/methods.ts'
import { drop, next, reply, type Stage } from '../stage.ts'

/** What the server itself takes. */
const ALLOW = 'OPTIONS, REGISTER'

const capabilities = reply(200, 'options', [
  ['Allow', METHODS.join(',')],
  // Bodies of every type pass through here.
  ['Accept', '*/*'],
  ['Supported', 'path,outbound,gruu'],
])

/** Requests for the server itself: OPTIONS is answered without a body (UAS-13), the rest is not for us. */
export const ownAnswer: Stage = {
  name: 'own-answer',
  rfc: 'RFC 3261 §8.2.1, §11.2',
  meets: [],
  run: ({ request, scope }) => {
    if (scope !== 'server') return next
    if (request.method === 'ACK') return drop('ack-to-server')
    if (request.method === 'OPTIONS') {
      return capabilities
    }
    if (!KNOWN_METHODS.has(request.method)) return reply(501, 'unknown-method')
    if (request.to.tag !== undefined) return reply(481, 'no-such-dialog')
    return reply(405, 'not-for-the-server', [['Allow', ALLOW]])
  },
}
