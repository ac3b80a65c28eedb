import { loopFactsOf, loopPart, passageOf } from '../../sip/proxy/loop.ts'
import { drop, next, replyStateless, type Stage } from '../stage.ts'

/** A request that was here before in the same shape has looped (RFC 5393 §4.2); a spiral goes on. */
export const loop: Stage = {
  name: 'loop',
  rfc: 'RFC 5393 §4.2; RFC 3261 §16.3 step 4',
  meets: ['forking-amplification'],
  run: context => {
    const { request, ports } = context
    const passage = passageOf(
      request,
      () => loopPart(ports.branchKeys, loopFactsOf(request)),
      (host, port) => ports.isOurAddress(host, port),
    )
    context.isSpiral = passage === 'spiral'
    if (passage !== 'loop') return next
    return request.method === 'ACK' ? drop('loop') : replyStateless(482, 'loop')
  },
}
