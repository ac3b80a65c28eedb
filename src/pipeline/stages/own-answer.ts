import { KNOWN_METHODS, METHODS } from '../../sip/methods.ts'
import { drop, next, reply, replyStateless, type Stage } from '../stage.ts'

/** What the server itself takes. */
const ALLOW = 'OPTIONS, REGISTER'

/**
 * Said without a transaction: it is the same for the same request, so that a repeated one is answered anew and nothing
 * has to be kept of it (RFC 3261 §8.2.7). A copy by another way is answered too: no answer waits that it could be merged
 * with (§8.2.2.2). A transaction was a third of the time of an OPTIONS.
 */
const capabilities = replyStateless(200, 'options', [
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
    if (request.method === 'OPTIONS') return capabilities
    if (!KNOWN_METHODS.has(request.method)) return reply(501, 'unknown-method')
    if (request.to.tag !== undefined) return reply(481, 'no-such-dialog')
    return reply(405, 'not-for-the-server', [['Allow', ALLOW]])
  },
}
