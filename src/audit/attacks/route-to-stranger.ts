import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'
import { MENDING_OF_RELAYS } from '../shared-mending.ts'

/** Route with the server first, and a third party behind it. */
export const routeToStranger = attack({
  id: 'route-to-stranger',
  entry: 'E13',
  title: 'has the server send requests to a third party named in Route',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §16.4', 'RFC 3261 §16.6'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: MENDING_OF_RELAYS,
  run: trial =>
    relay(trial, (trap, attacker) => {
      const routes = [targetRoute(trial, attacker), `<sip:${hostPort(trap.at)};lr>`]
      return fromAnybody(trial, { method: 'MESSAGE', uri: 'sip:anybody@elsewhere.invalid', routes })
    }),
})
