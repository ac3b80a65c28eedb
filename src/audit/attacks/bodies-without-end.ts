import { attack } from '../attack.ts'
import { endlessBodies } from '../malformed/bodies.ts'
import { spoiledRequests } from '../spoiled.ts'

/** Bodies that are cheap to send and dear to read, to a phone behind the server. */
export const bodiesWithoutEnd = attack({
  id: 'bodies-without-end',
  entry: 'P07',
  title: 'sends a phone bodies in bodies and thousands of media streams',
  threats: ['malformed-messages', 'phone-vulnerabilities'],
  clause: '§3.1, malformed messages; Table 1, row 7',
  references: ['RFC 3261 §21.4.26', 'RFC 5621 §3', 'RFC 8866 §5'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 100,
  needs: ['two-accounts'],
  expected: 'Each is answered 488, 400 or 413, and never reaches a phone.',
  mending: {
    aspis: 'On by default (stage media); only `insecure` with `allow: strange-media` turns it off.',
    kamailio:
      'Behind a bound of `msg:len`: `if ($rb =~ "(\\nm=.*){9}|\\nContent-Type: *multipart/") { sl_send_reply("488", "Not Acceptable Here"); exit; }`.',
    opensips:
      'Behind a bound of `$ml`: `if ($rb =~ "(\\nm=.*){9}|\\nContent-Type: *multipart/") { send_reply(488, "Not Acceptable Here"); exit; }`.',
    asterisk:
      'Asterisk ends the call itself and makes a description of its own; put a proxy in front against the load.',
  },
  run: trial => spoiledRequests(trial, 'calls with a body without end', endlessBodies),
})
