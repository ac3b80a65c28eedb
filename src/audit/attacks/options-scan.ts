import { attack } from '../attack.ts'
import { scanByOptions } from '../options-scan.ts'

/** What svmap does: OPTIONS to one target after the other, to learn what serves there. */
export const optionsScan = attack({
  id: 'options-scan',
  entry: 'G01',
  title: 'scans with OPTIONS and learns what product serves',
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
    kamailio: 'Set `server_signature=no`, and drop scanners with the pike module and a match on `$ua`.',
    opensips: 'Set `server_signature=no`, and drop scanners with the pike module and a match on `$ua`.',
    asterisk:
      'Set `user_agent` in the `[global]` section of pjsip.conf; ban scanners by its security log with fail2ban.',
  },
  run: trial => scanByOptions(trial, () => 'friendly-scanner'),
})
