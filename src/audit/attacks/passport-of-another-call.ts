import { badToken } from '../signed-call.ts'

/** Tokens that were signed well, for other calls than this one. */
export const passportOfAnotherCall = badToken({
  id: 'passport-of-another-call',
  entry: 'D04',
  title: 'calls with a good token that was signed for another callee or another caller',
  clause: '§3.3, a proxy between cannot be sure of the user; Table 1, row 3',
  references: ['RFC 8224 §12.1', 'RFC 8224 §6.2.2'],
  severity: 'high',
  expected: 'A token for another `dest`, or of another `orig`, than the call shows is 438.',
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
