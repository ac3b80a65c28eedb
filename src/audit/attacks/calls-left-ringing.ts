import { attack } from '../attack.ts'
import { MANY_CALLS_MESSAGES, manyCalls } from '../many-calls.ts'
import { MENDING_OF_PENDING_CALLS } from '../shared-mending.ts'

/** Calls that ring and are never answered: each holds a transaction for minutes. */
export const callsLeftRinging = attack({
  id: 'calls-left-ringing',
  entry: 'F10',
  title: 'begins seven hundred calls of one account and leaves them ringing',
  threats: ['flooding', 'no-authorisation-model'],
  clause: 'Table 1, row 6; §3.3, a manipulated ACK causes a DoS',
  references: ['RFC 3261 §16.6', 'RFC 3261 §16.8'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: MANY_CALLS_MESSAGES,
  needs: ['three-accounts'],
  expected: 'The calls of one account are bounded: more are refused.',
  mending: MENDING_OF_PENDING_CALLS,
  run: trial => manyCalls(trial, 180),
})
