import { attack } from '../attack.ts'
import { brokenFields } from '../malformed/fields.ts'
import { spoiledRequests } from '../spoiled.ts'

/** Every field that a request needs, gone, empty or broken, one at a time, in requests of a user with credentials. */
export const fuzzedFields = attack({
  id: 'fuzzed-fields',
  entry: 'P01',
  title: 'sends requests with every needed field broken in many ways',
  threats: ['malformed-messages', 'software-bugs'],
  clause: '§3.1, malformed messages (Wieser et al.); Table 1, row 2',
  references: ['RFC 3261 §8.1.1', 'RFC 3261 §16.3', 'RFC 3261 §25.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 200,
  needs: ['account'],
  expected: 'Each is answered 400 or by silence, and honest users are served all the time.',
  mending: {
    aspis: 'On by default: fields that are needed must parse (stage well-formed); nothing turns it off.',
    kamailio:
      'At the head of `request_route`: `if (!sanity_check("30695", "15")) exit;` of the sanity module, where 30695 is the sum of its checks.',
    opensips:
      'At the head of the route: `if (!sipmsg_validate("shrftc")) { send_reply(400, "Bad Request"); exit; }` of the sipmsgops module.',
    asterisk: 'PJSIP refuses most of it by itself; keep to a version that still gets fixes.',
  },
  run: trial => spoiledRequests(trial, 'requests with a broken field', brokenFields),
})
