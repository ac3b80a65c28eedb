import { attack } from '../attack.ts'
import { strayMedia } from '../malformed/bodies.ts'
import { spoiledRequests } from '../spoiled.ts'

/** Session descriptions by which a phone that answers sends its media to everybody. */
export const strayMediaAttack = attack({
  id: 'stray-media',
  entry: 'P13',
  title: 'has a phone send its media to groups, to everybody, to no port',
  threats: ['phone-vulnerabilities', 'reflection', 'malformed-messages'],
  clause: 'Table 1, rows 2 and 7',
  references: ['RFC 8866 §5.7', 'RFC 8866 §5.14', 'RFC 3261 §20.43'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 100,
  needs: ['two-accounts'],
  expected: 'Each is answered 488 or 400, and never reaches a phone.',
  mending: {
    aspis: 'On by default (stage media); only `insecure` with `allow: strange-media` turns it off.',
    kamailio:
      'Anchor media with `rtpengine_manage()`, or refuse with 488 what `$rb =~ "\\nc=IN IP4 (22[4-9]|23[0-9]|255)\\."` and the like find.',
    opensips:
      'Anchor media with `rtpengine_manage()`, or refuse with 488 what `$rb =~ "\\nc=IN IP4 (22[4-9]|23[0-9]|255)\\."` and the like find.',
    asterisk: 'Keep `direct_media=no`: then media of phones go to Asterisk alone.',
  },
  run: trial => spoiledRequests(trial, 'calls that lead media astray', strayMedia),
})
