import { randomInt } from 'node:crypto'
import { attack } from '../attack.ts'
import { extensionScan } from '../extension-scan.ts'
import { token } from '../saying.ts'
import { phoneName } from '../scanning.ts'

/** The same scans by somebody who knows what filters look for: names of phones, a new port every few probes. */
export const disguisedScan = attack({
  id: 'disguised-scan',
  entry: 'G04',
  title: 'scans for extensions under the names of common phones, from port after port',
  threats: ['scanning', 'known-internet-attacks'],
  clause: '§4, scanning',
  references: ['RFC 3261 §20.41', 'RFC 7616 §5'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 120,
  needs: ['account'],
  expected: 'What a scan learns does not depend on how it calls itself.',
  mending: {
    aspis:
      'On by default: who is not proved gets one answer for every name, and detection counts what comes of requests, not what they say.',
    kamailio:
      'Do not rely on `$ua`: challenge before `lookup()`, and count by source with the pike or htable module.',
    opensips: 'Do not rely on `$ua`: challenge before `lookup()`, and count by source with the pike module.',
    asterisk: 'Do not rely on names: ban by failed authentications of the security log with fail2ban.',
  },
  run: trial =>
    extensionScan(trial, {
      methods: ['REGISTER', 'SUBSCRIBE'],
      saying: (method, name) => {
        const aor = `sip:${name}@${trial.target.domain}`
        return {
          method,
          uri: method === 'REGISTER' ? `sip:${trial.target.domain}` : aor,
          from: aor,
          to: aor,
          callId: `${token()}@${randomInt(1, 223)}.${randomInt(256)}.${randomInt(256)}.1`,
          userAgent: phoneName(),
          lines: method === 'SUBSCRIBE' ? ['Event: presence', 'Expires: 0'] : [],
        }
      },
      scanner: async () => {
        const first = await trial.stranger({ who: 'scanner' })
        const { ip } = first.line.local
        return () => trial.stranger({ who: 'scanner', ip })
      },
    }),
})
