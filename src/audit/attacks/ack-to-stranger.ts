import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'

/** ACK with a Route to a third party: no server can ask for its credentials. */
export const ackToStranger = attack({
  id: 'ack-to-stranger',
  entry: 'E13',
  title: 'has the server send an ACK, which cannot be challenged, to a third party',
  threats: ['open-relay', 'unauthenticated-ack'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §22.1', 'RFC 3261 §16.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: {
    aspis:
      'On by default: strangers go nowhere but to own users, and only rules let users out (`rules`, `trunks`).',
    kamailio:
      'Relay an ACK only where `t_check_trans()` finds its INVITE or `is_known_dlg()` its dialog; `exit` otherwise.',
    opensips:
      'Relay an ACK only where `t_check_trans()` or, behind `loose_route()`, `validate_dialog()` finds its call; `exit` otherwise.',
    asterisk:
      'A back-to-back user agent calls what its dialplan says: keep strangers (`anonymous` endpoint) out of contexts that dial.',
  },
  run: trial =>
    relay(trial, (trap, attacker) => {
      const routes = [targetRoute(trial, attacker), `<sip:${hostPort(trap.at)};lr>`]
      const there = `sip:anybody@${hostPort(trap.at)}`
      return [
        ...fromAnybody(trial, { method: 'ACK', uri: there, contact: false }),
        ...fromAnybody(trial, { method: 'ACK', uri: there, contact: false, routes }),
      ]
    }),
})
