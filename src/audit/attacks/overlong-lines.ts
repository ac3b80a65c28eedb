import { attack } from '../attack.ts'
import { longLines } from '../malformed/long.ts'
import { spoiledRequests } from '../spoiled.ts'

/** Lines of fifty thousand octets in a datagram. */
export const overlongLines = attack({
  id: 'overlong-lines',
  entry: 'P04',
  title: 'sends lines, addresses and branches of fifty thousand octets',
  threats: ['malformed-messages', 'software-bugs'],
  clause: '§3.1, malformed messages',
  references: ['RFC 3261 §21.4.12', 'RFC 3261 §21.5.7'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account'],
  expected: 'Each is answered 400, 414 or 513 or by silence.',
  mending: {
    aspis: 'On by default: start lines end at 8 KiB, fields at 16 KiB; nothing turns it off.',
    kamailio:
      'At the head of `request_route`: `if (msg:len > 8192) { sl_send_reply("513", "Message Too Large"); exit; }`.',
    opensips:
      'At the head of the route: `if ($ml > 8192) { sl_send_reply(513, "Message Too Large"); exit; }`.',
    asterisk: 'Datagrams end at PJSIP_MAX_PKT_LEN of its build; a proxy in front can refuse earlier.',
  },
  run: trial => spoiledRequests(trial, 'requests with an overlong line', longLines),
})
