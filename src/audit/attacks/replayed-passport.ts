import { badToken } from '../signed-call.ts'

/** A good token, fresh and for this callee, a second time. */
export const replayedPassport = badToken({
  id: 'replayed-passport',
  entry: 'D04',
  title: 'calls with the token of a call that went through a moment ago',
  clause: 'Table 1, row 3: replay of genuine messages',
  references: ['RFC 8224 §12.1', 'RFC 8225 §10.1'],
  severity: 'medium',
  expected: 'A token is good for one call: with another Call-ID it is refused.',
  calls: {
    'the token of the first call, with another Call-ID': ground => ground.invite([ground.used]),
  },
})
