import { attack } from '../attack.ts'
import { MANY_CALLS_MESSAGES, manyCalls } from '../many-calls.ts'

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
  mending: {
    aspis:
      'On by default: `requests-per-account` and `pending-per-account` of `limits`; calls at once by `policy: limits`.',
    kamailio:
      'Count calls of an account by `set_dlg_profile()` and `get_profile_size()` of dialog and refuse more; bound rates by `pl_check()` of pipelimit.',
    opensips:
      'Count calls of an account by `set_dlg_profile()` and `get_profile_size()` of dialog and refuse more; bound rates by `rl_check()` of ratelimit.',
    asterisk:
      'Count calls of an endpoint by `GROUP_COUNT()` in the dialplan before `Dial()`, and refuse more.',
  },
  run: trial => manyCalls(trial, 180),
})
