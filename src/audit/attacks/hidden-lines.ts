import { attack } from '../attack.ts'
import { hiddenLines } from '../malformed/line-ends.ts'
import { spoiledRequests } from '../spoiled.ts'

/** Characters that some take for the end of a line, in the middle of a field. */
export const hiddenLinesAttack = attack({
  id: 'hidden-lines',
  entry: 'P08',
  title: 'hides a field behind a bare line end or NUL in the middle of another',
  threats: ['message-tampering', 'malformed-messages'],
  clause: 'Table 1, row 5: message tampering',
  references: ['RFC 3261 §7', 'RFC 3261 §25.1', 'RFC 4475 §3.1.1.4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['two-accounts'],
  expected:
    'Each is answered 400 or by silence, and never reaches a phone, which may read it in another way.',
  mending: {
    aspis: 'On by default: a line ends with CR LF, and NUL stands in no field; nothing turns it off.',
    kamailio:
      'Behind a bound of `msg:len`: `if ($mb =~ "[^\\r]\\n|\\r[^\\n]" || $(mb{s.encode.hexa}) =~ "^(..)*00") { sl_send_reply("400", "Bad Line"); exit; }`.',
    opensips:
      'Behind a bound of `$ml`: `if ($mb =~ "[^\\r]\\n|\\r[^\\n]" || $(mb{s.encode.hexa}) =~ "^(..)*00") { send_reply(400, "Bad Line"); exit; }`.',
    asterisk:
      'PJSIP takes a bare LF for a line end, and makes messages of its own for the other side: little is left to do.',
  },
  run: trial => spoiledRequests(trial, 'messages with a line hidden in a field', hiddenLines),
})
