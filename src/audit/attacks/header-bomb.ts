import { attack } from '../attack.ts'
import { manyFields } from '../malformed/long.ts'
import { spoiledRequests } from '../spoiled.ts'

/** Thousands of fields in one datagram. */
export const headerBomb = attack({
  id: 'header-bomb',
  entry: 'P05',
  title: 'sends ten thousand fields, Vias and Routes in one message',
  threats: ['malformed-messages', 'software-bugs'],
  clause: '§3.1, malformed messages and denial of service',
  references: ['RFC 3261 §7.3', 'RFC 3261 §21.5.7'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account'],
  expected: 'Each is answered 400 or 513 or by silence.',
  mending: {
    aspis: 'On by default: 200 fields, 70 Vias and 30 Routes at most; nothing turns it off.',
    kamailio:
      'Refuse by length at the head of `request_route`: `if (msg:len > 8192) { sl_send_reply("513", "Message Too Large"); exit; }`.',
    opensips:
      'Refuse by length at the head of the route: `if ($ml > 8192) { sl_send_reply(513, "Message Too Large"); exit; }`.',
    asterisk: 'PJSIP has no bound on fields but that of the datagram: put a proxy in front that has.',
  },
  run: trial => spoiledRequests(trial, 'requests with thousands of fields', manyFields),
})
