import { attack } from '../attack.ts'
import { brokenSyntax } from '../malformed/syntax.ts'
import { spoiledRequests } from '../spoiled.ts'

/** Messages of the kinds that RFC 4475 tells to refuse, written anew, with good credentials. */
export const tortureMessages = attack({
  id: 'torture-messages',
  entry: 'P02',
  title: 'sends messages of the kinds that the torture tests tell to refuse',
  threats: ['malformed-messages', 'software-bugs'],
  clause: '§3.1, malformed messages; Table 1, row 2',
  references: ['RFC 4475 §3.1.2', 'RFC 4475 §3.3', 'RFC 3261 §25.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 150,
  needs: ['two-accounts'],
  expected: 'Each is answered 400, 416 or 505 or by silence; none is carried out or passed on.',
  mending: {
    aspis: 'On by default: the parser refuses what the grammar does not know; nothing turns it off.',
    kamailio:
      'At the head of `request_route`: `if (!sanity_check("30695", "15")) exit;` of the sanity module, where 30695 is the sum of its checks.',
    opensips:
      'At the head of the route: `if (!sipmsg_validate("shrftc")) { send_reply(400, "Bad Request"); exit; }` of the sipmsgops module.',
    asterisk: 'PJSIP refuses most of it by itself; keep to a version that still gets fixes.',
  },
  run: trial => spoiledRequests(trial, 'messages that no grammar knows', brokenSyntax),
})
