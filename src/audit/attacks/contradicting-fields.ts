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
      'Call `sanity_check()` of the sanity module with its checks of CSeq, Content-Length and duplicate fields first, and end where it returns false.',
    opensips: 'Call `sipmsg_validate()` of the sipmsgops module at the head of the route.',
    asterisk: 'PJSIP takes the first of two fields: put a proxy in front that refuses such messages.',
  },
  run: trial => spoiledRequests(trial, 'messages that contradict themselves', contradictions),
})
