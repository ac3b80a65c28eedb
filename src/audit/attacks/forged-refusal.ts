import { attack } from '../attack.ts'
import { forgeResponses } from '../forged-response.ts'
import { MENDING_OF_FORGED_RESPONSES } from '../shared-mending.ts'

/** 603 and 486 for somebody else's call. */
export const forgedRefusal = attack({
  id: 'forged-refusal',
  entry: 'E05',
  title: "ends somebody else's ringing call with a forged 486 or 603",
  threats: ['spoofing'],
  clause: 'Table 1, row 4; §3.1, call termination',
  references: ['RFC 3261 §17.1.3', 'RFC 3261 §26.1.2'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts', 'addresses'],
  expected: 'A refusal is taken only from where the request went.',
  mending: MENDING_OF_FORGED_RESPONSES,
  run: trial =>
    forgeResponses(trial, 'forged refusals', [
      { status: 486, more: { contact: false } },
      { status: 603, more: { contact: false } },
    ]),
})
