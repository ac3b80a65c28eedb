import { attack } from '../attack.ts'
import { contradictions } from '../malformed/contradictions.ts'
import { spoiledRequests } from '../spoiled.ts'

/** Messages that say a thing twice and differently, so that what checks them and what acts on them see two messages. */
export const contradictingFields = attack({
  id: 'contradicting-fields',
  entry: 'P14',
  title: 'sends fields twice or against each other, so that two readers differ',
  threats: ['message-tampering', 'malformed-messages'],
  clause: 'Table 1, row 5; §3.1, malformed messages',
  references: ['RFC 3261 §7.3.1', 'RFC 4475 §3.3.8', 'RFC 4475 §3.1.2.17'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 150,
  needs: ['two-accounts'],
  expected: 'Each is answered 400 or by silence; none is carried out or passed on.',
  mending: {
    aspis: 'On by default: a field that may stand once and stands twice is refused; nothing turns it off.',
    kamailio:
      'At the head of `request_route`: `if ($hdrc(CSeq) > 1 || $hdrc(From) > 1) exit;` and so on for what may stand once, then `sanity_check("30695", "15")` of the sanity module.',
    opensips:
      'At the head of the route: `if ($(hdrcnt(CSeq)) > 1 || $(hdrcnt(From)) > 1) exit;` and so on for what may stand once, then `sipmsg_validate("shrftc")` of the sipmsgops module.',
    asterisk: 'PJSIP takes the first of two fields: put a proxy in front that refuses such messages.',
  },
  run: trial => spoiledRequests(trial, 'messages that contradict themselves', contradictions),
})
