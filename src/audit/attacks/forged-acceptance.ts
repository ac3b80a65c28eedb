import { attack } from '../attack.ts'
import { forgeResponses } from '../forged-response.ts'
import { sdp } from '../saying.ts'

/** 200 for somebody else's call, by one who saw the branch but does not sit where the INVITE went. */
export const forgedAcceptance = attack({
  id: 'forged-acceptance',
  entry: 'E05',
  title: "takes somebody else's call with a forged 200 that carries the right branch",
  threats: ['spoofing', 'spoofed-in-dialog-request'],
  clause: 'Table 1, row 4; §3.1, hijacking',
  references: ['RFC 3261 §17.1.3', 'RFC 3261 §26.1.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts', 'addresses'],
  expected: 'A response is taken only from where the request went.',
  mending: {
    aspis: 'On by default: a response must come from the address that its request was sent to.',
    kamailio:
      'tm matches by branch alone: note where requests go in `onsend_route` (`$sht(went=>$ci::$sndto(ip)) = 1` of htable), and `drop` in the nameless `onreply_route` what comes from elsewhere.',
    opensips:
      'tm matches by branch alone: note where branches go by Call-ID (`cache_store("local", …)` in `branch_route`), and `drop` in the nameless `onreply_route` what comes from another `$si`.',
    asterisk: 'PJSIP matches by branch alone: use TLS toward endpoints and trunks.',
  },
  run: trial =>
    forgeResponses(trial, 'forged acceptances', [{ status: 200, more: { body: sdp('192.0.2.99', 46_000) } }]),
})
