import { attack } from '../attack.ts'
import { forgeResponses } from '../forged-response.ts'
import { token } from '../saying.ts'
import { MENDING_OF_STRAY_RESPONSES } from '../shared-mending.ts'

/** A response whose topmost Via is the server's in name only; what stands below is the caller's. */
export const guessedResponseBranch = attack({
  id: 'guessed-response-branch',
  entry: 'E05',
  title: "answers somebody else's call with a branch that the server never made",
  threats: ['spoofing'],
  clause: 'Table 1, row 4',
  references: ['RFC 3261 §16.7', 'RFC 3261 §18.1.2'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A response that fits no request of the server is dropped, not forwarded by its Via.',
  mending: MENDING_OF_STRAY_RESPONSES,
  run: trial => {
    const withBranch = (branch: string) => (text: string) =>
      text.replace(/^(Via:[^\r\n]*?);branch=[^;\r\n]*/m, `$1${branch}`)
    const branches = [`;branch=z9hG4bK${token()}`, ';branch=z9hG4bK', ';branch=1', '']
    return forgeResponses(
      trial,
      'responses with an invented branch',
      branches.map(branch => ({ status: 200, change: withBranch(branch) })),
    )
  },
})
