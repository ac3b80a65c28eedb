import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'
import { MENDING_OF_RELAYS } from '../shared-mending.ts'

/** Transport of the choice of a stranger: the server knocks at doors in its own name. */
export const connectionToStranger = attack({
  id: 'connection-to-stranger',
  entry: 'E13',
  title: 'has the server open TCP connections to a third party',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §18.1.1', 'RFC 3261 §19.1.1'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: MENDING_OF_RELAYS,
  run: trial =>
    relay(trial, (trap, attacker) => {
      const place = `${hostPort(trap.at)};transport=tcp`
      const routes = [targetRoute(trial, attacker), `<sip:${place};lr>`]
      return [
        ...fromAnybody(trial, { method: 'MESSAGE', uri: `sip:anybody@${place}` }),
        ...fromAnybody(trial, { method: 'MESSAGE', uri: 'sip:anybody@elsewhere.invalid', routes }),
      ]
    }),
})
