import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'
import { MENDING_OF_RELAYS } from '../shared-mending.ts'

/** Request-URI of the server as it stands in Record-Route: the last Route becomes the Request-URI then. */
export const strictRouteToStranger = attack({
  id: 'strict-route-to-stranger',
  entry: 'E13',
  title: 'has the server send requests to a third party by the rules for strict routers',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §16.4', 'RFC 3261 §16.12.1.1'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: MENDING_OF_RELAYS,
  run: trial =>
    relay(trial, (trap, attacker) => {
      const uri = targetRoute(trial, attacker).slice(1, -1)
      const routes = [`<sip:anybody@${hostPort(trap.at)}>`]
      return [
        ...fromAnybody(trial, { method: 'MESSAGE', uri, routes }),
        ...fromAnybody(trial, { method: 'MESSAGE', uri, routes: [targetRoute(trial, attacker), ...routes] }),
      ]
    }),
})
