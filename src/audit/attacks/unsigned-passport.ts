import { badToken } from '../signed-call.ts'

/** A token that says itself that it needs no signature. */
export const unsignedPassport = badToken({
  id: 'unsigned-passport',
  entry: 'D03',
  title: 'calls with a token without a signature, or with the algorithm none',
  clause: '§3.3, a proxy between cannot be sure of the user; Table 1, row 4',
  references: ['RFC 8224 §6.2.2', 'RFC 8725 §3.2'],
  severity: 'medium',
  isOfAnybody: true,
  expected: 'Only ES256 is taken: everything else is 438, or the callee is told so.',
  calls: {
    'alg none without a signature': ground =>
      ground.invite([ground.token({ alg: 'none', isUnsigned: true })]),
    'alg none with a signature': ground => ground.invite([ground.token({ alg: 'none' })]),
    'alg ES256 without a signature': ground => ground.invite([ground.token({ isUnsigned: true })]),
    'no token at all': ground => ground.invite([`;info=<${ground.neighbour.url}>;alg=ES256;ppt=shaken`]),
  },
})
