import { attack } from '../attack.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'

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
  mending: {
    aspis:
      'On by default: strangers go nowhere but to own users, and only rules let users out (`rules`, `trunks`).',
    kamailio:
      'After `loose_route()` relay only what `is_known_dlg()` of the dialog module knows or `proxy_authorize(…)` proves; reply 403 to the rest.',
    opensips:
      'After `loose_route()` relay only what `validate_dialog()` accepts or `proxy_authorize()` proves; reply 403 to the rest.',
    asterisk:
      'A back-to-back user agent calls what its dialplan says: keep strangers (`anonymous` endpoint) out of contexts that dial.',
  },
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
