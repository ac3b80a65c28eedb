import { next, replyStateless, type Stage } from '../stage.ts'

/** A request that may go no further is refused, unless we are its end (RFC 3261 §16.3 step 3). */
export const maxForwards: Stage = {
  name: 'max-forwards',
  rfc: 'RFC 3261 §16.3 step 3',
  meets: ['forking-amplification'],
  run: ({ request }) => {
    if (request.maxForwards !== 0 || request.method === 'REGISTER') return next
    return request.method === 'ACK'
      ? { kind: 'drop', why: 'too-many-hops' }
      : replyStateless(483, 'too-many-hops')
  },
}
