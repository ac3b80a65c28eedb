import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'

/** CANCEL of nothing: RFC 3261 §16.10 lets a stateless proxy forward it. */
export const cancelToStranger = attack({
  id: 'cancel-to-stranger',
  entry: 'E13',
  title: 'has the server send a CANCEL, which cannot be challenged, to a third party',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §16.10', 'RFC 3261 §22.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: {
    aspis:
      'On by default: strangers go nowhere but to own users, and only rules let users out (`rules`, `trunks`).',
    kamailio:
      'Forward only what matches: `if (is_method("CANCEL")) { if (t_check_trans()) route(RELAY); exit; }` before `loose_route()`.',
    opensips:
      'Forward only what matches: `if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }` before `loose_route()`.',
    asterisk:
      'A back-to-back user agent calls what its dialplan says: keep strangers (`anonymous` endpoint) out of contexts that dial.',
  },
  run: trial =>
    relay(trial, (trap, attacker) => {
      const routes = [targetRoute(trial, attacker), `<sip:${hostPort(trap.at)};lr>`]
      const there = `sip:anybody@${hostPort(trap.at)}`
      return [
        ...fromAnybody(trial, { method: 'CANCEL', uri: there, contact: false }),
        ...fromAnybody(trial, { method: 'CANCEL', uri: there, contact: false, routes }),
      ]
    }),
})
