import { badToken, STIR_MENDING } from '../signed-call.ts'

/** Tokens that were signed well, for other calls than this one. */
export const passportOfAnotherCall = badToken({
  id: 'passport-of-another-call',
  entry: 'D04',
  title: 'calls with a good token that was signed for another callee or another caller',
  clause: '§3.3, a proxy between cannot be sure of the user; Table 1, row 3',
  references: ['RFC 8224 §12.1', 'RFC 8224 §6.2.2'],
  severity: 'high',
  expected: 'A token for another `dest`, or of another `orig`, than the call shows is 438.',
  mending: {
    ...STIR_MENDING,
    kamailio:
      'stirshaken looks at signature and age: compare `orig` and `dest` in `$(hdr(Identity){s.select,1,.}{s.decode.base64url})` with `$fU` and `$rU` by `jansson_get()`, and answer 438.',
    opensips:
      'stir_shaken: refuse where `stir_shaken_verify(…)` fails, which compares both numbers; give it no `orig` and `dest` but those of the call.',
    asterisk:
      'Its `[verification]` compares `orig` with the caller ID, not `dest` with the callee: have a proxy in front compare that.',
  },
  calls: {
    'for another callee': ground => ground.invite([ground.token({ dest: { tn: ['15550177'] } })]),
    'for another user of the domain': ground =>
      ground.invite([ground.token({ dest: { uri: [`sip:somebody-else@${ground.trial.target.domain}`] } })]),
    'of another caller': ground =>
      ground.invite([ground.token()], {
        from: `sip:+${otherNumber(ground.neighbour.number)}@${ground.neighbour.domain ?? ground.trial.target.domain}`,
      }),
  },
})

function otherNumber(number: string): string {
  return number.slice(0, -1) + (number.endsWith('1') ? '2' : '1')
}
