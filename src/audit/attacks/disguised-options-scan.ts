import { attack } from '../attack.ts'
import { scanByOptions } from '../options-scan.ts'
import { phoneName } from '../scanning.ts'

/** The scan of svmap by somebody who knows that servers drop what calls itself a scanner. */
export const disguisedOptionsScan = attack({
  id: 'disguised-options-scan',
  entry: 'G04',
  title: 'learns by OPTIONS what product serves, under the names of common phones',
  threats: ['scanning', 'known-internet-attacks'],
  clause: '§4, scanning',
  references: ['RFC 3261 §11', 'RFC 3261 §20.35'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account'],
  expected: 'A scan stops being answered, or its answers name no product and no user.',
  mending: {
    aspis:
      'On by default: no product is named, every name is asked for credentials alike, and detection (`host-scan`, `scanner-fingerprint`) rations who scans.',
    kamailio:
      'Set `server_header` and `user_agent_header` to say nothing; a match on `$ua` stops only who says his name.',
    opensips: 'Set `server_signature=no`; a match on `$ua` stops only who says his name.',
    asterisk:
      'Set `user_agent` in the `[global]` section of pjsip.conf; ban scanners by its security log with fail2ban.',
  },
  run: trial => scanByOptions(trial, phoneName),
})
