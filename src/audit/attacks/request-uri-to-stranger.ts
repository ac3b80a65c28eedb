import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { fromAnybody, relay } from '../relaying.ts'

/** Request-URI with the address of a third party. */
export const requestUriToStranger = attack({
  id: 'request-uri-to-stranger',
  entry: 'E13',
  title: 'has the server send requests to a third party named in the Request-URI',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §16.5', 'RFC 3261 §16.6'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: {
    aspis:
      'On by default: strangers go nowhere but to own users, and only rules let users out (`rules`, `trunks`).',
    kamailio:
      'Reply 403 unless `uri == myself` or `proxy_authorize(…)` proved the caller, and rules let him out.',
    opensips:
      'Reply 403 unless `is_myself("$rd")` or `proxy_authorize()` proved the caller, and rules let him out.',
    asterisk:
      'A back-to-back user agent calls what its dialplan says: keep strangers (`anonymous` endpoint) out of contexts that dial.',
  },
  run: trial =>
    relay(trial, trap => fromAnybody(trial, { method: 'MESSAGE', uri: `sip:anybody@${hostPort(trap.at)}` })),
})
