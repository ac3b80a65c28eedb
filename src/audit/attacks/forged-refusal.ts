import { attack } from '../attack.ts'
import { forgeResponses } from '../forged-response.ts'

/** 603 and 486 for somebody else's call. */
export const forgedRefusal = attack({
  id: 'forged-refusal',
  entry: 'E05',
  title: "ends somebody else's ringing call with a forged 486 or 603",
  threats: ['spoofing'],
  clause: 'Table 1, row 4; §3.1, call termination',
  references: ['RFC 3261 §17.1.3', 'RFC 3261 §26.1.2'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts', 'addresses'],
  expected: 'A refusal is taken only from where the request went.',
  mending: {
    aspis: 'On by default: a response must come from the address that its request was sent to.',
    kamailio:
      'tm matches by branch alone: note where requests go in `onsend_route` (`$sht(went=>$ci::$sndto(ip)) = 1` of htable), and `drop` in the nameless `onreply_route` what comes from elsewhere.',
    opensips:
      'tm matches by branch alone: note where branches go by Call-ID (`cache_store("local", …)` in `branch_route`), and `drop` in the nameless `onreply_route` what comes from another `$si`.',
    asterisk: 'PJSIP matches by branch alone: use TLS toward endpoints and trunks.',
  },
  run: trial =>
    forgeResponses(trial, 'forged refusals', [
      { status: 486, more: { contact: false } },
      { status: 603, more: { contact: false } },
    ]),
})
