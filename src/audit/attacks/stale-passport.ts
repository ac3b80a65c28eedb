import { badToken } from '../signed-call.ts'

const now = (): number => Math.floor(Date.now() / 1_000)

/** A good token of yesterday. */
export const stalePassport = badToken({
  id: 'stale-passport',
  entry: 'D04',
  title: 'calls with a good token that is too old, or not yet valid',
  clause: 'Table 1, row 3: replay of genuine messages',
  references: ['RFC 8224 §6.2', 'RFC 8224 §6.2.2'],
  severity: 'medium',
  expected: 'A token older than a minute or dated ahead is 403 Stale Date.',
  calls: {
    'a day old': ground => ground.invite([ground.token({ iat: now() - 86_400 })]),
    'ten minutes old': ground => ground.invite([ground.token({ iat: now() - 600 })]),
    'ten minutes ahead': ground => ground.invite([ground.token({ iat: now() + 600 })]),
  },
})
