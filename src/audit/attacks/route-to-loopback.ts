import { attack } from '../attack.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'
import { MENDING_OF_RELAYS } from '../shared-mending.ts'

/** Route to the loopback address: what listens there trusts whoever comes from the same machine. */
export const routeToLoopback = attack({
  id: 'route-to-loopback',
  entry: 'E13',
  title: 'reaches services on the machine of the server by a Route to 127.0.0.1',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §16.6', 'RFC 3261 §26.1.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['addresses'],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: MENDING_OF_RELAYS,
  run: trial =>
    relay(
      trial,
      (trap, attacker) => {
        const us = targetRoute(trial, attacker)
        const inside = ['', ';transport=tcp'].map(how => `<sip:127.0.0.1:${trap.at.port}${how};lr>`)
        return inside.flatMap(each =>
          fromAnybody(trial, { method: 'MESSAGE', uri: 'sip:anybody@elsewhere.invalid', routes: [us, each] }),
        )
      },
      '127.0.0.1',
    ),
})
