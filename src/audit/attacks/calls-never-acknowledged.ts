import { attack } from '../attack.ts'
import { MANY_CALLS_MESSAGES, manyCalls } from '../many-calls.ts'
import { MENDING_OF_PENDING_CALLS } from '../shared-mending.ts'

/** Calls that are accepted and never acknowledged: half open, like half-open connections. */
export const callsNeverAcknowledged = attack({
  id: 'calls-never-acknowledged',
  entry: 'F09',
  title: 'begins seven hundred calls of one account and acknowledges none',
  threats: ['flooding', 'no-authorisation-model'],
  clause: 'Table 1, row 6; §3.3, a manipulated ACK causes a DoS',
  references: ['RFC 3261 §13.3.1.4', 'RFC 3261 §22.1'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: MANY_CALLS_MESSAGES,
  needs: ['three-accounts'],
  expected: 'The calls of one account are bounded: more are refused.',
  mending: MENDING_OF_PENDING_CALLS,
  run: trial => manyCalls(trial, 200),
})
