import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'
import { MENDING_OF_RELAYS } from '../shared-mending.ts'

/** Two Routes of the server, as those that change transport write them, and a third party behind. */
export const doubleRouteToStranger = attack({
  id: 'double-route-to-stranger',
  entry: 'E13',
  title: 'has the server send requests to a third party behind two Routes of its own',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §16.4', 'RFC 5658 §4'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: MENDING_OF_RELAYS,
  run: trial =>
    relay(trial, (trap, attacker) => {
      const us = targetRoute(trial, attacker).replace(';lr', ';r2=on;lr')
      const routes = [us, us, `<sip:${hostPort(trap.at)};lr>`]
      return fromAnybody(trial, { method: 'MESSAGE', uri: 'sip:anybody@elsewhere.invalid', routes })
    }),
})
