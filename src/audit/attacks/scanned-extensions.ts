import { attack } from '../attack.ts'
import { extensionScan } from '../extension-scan.ts'

/** What svwar does: REGISTER and OPTIONS for one extension after the other, from one address. */
export const scannedExtensions = attack({
  id: 'scanned-extensions',
  entry: 'G02',
  title: 'scans for extensions from one address',
  threats: ['scanning', 'known-internet-attacks'],
  clause: '§4, scanning',
  references: ['RFC 3261 §26.1.1', 'RFC 7616 §5'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 120,
  needs: ['account'],
  expected: 'Names that exist and names that do not are answered alike, or the scan is cut off.',
  mending: {
    aspis:
      'On by default: who is not proved gets one answer for every name, and detection (`user-enumeration`) rations who asks on.',
    kamailio:
      'Challenge before anything looks a user up: `www_authorize()` and `proxy_authorize()` first, `lookup()` after; drop scanners with the pike module.',
    opensips:
      'Challenge before anything looks a user up: `www_authorize()` and `proxy_authorize()` first, `lookup()` after; drop scanners with the pike module.',
    asterisk:
      'chan_pjsip challenges every name alike; leave no `anonymous` endpoint, and ban scanners by the security log with fail2ban.',
  },
  run: trial =>
    extensionScan(trial, {
      methods: ['REGISTER', 'OPTIONS'],
      saying: (method, name) => {
        const aor = `sip:${name}@${trial.target.domain}`
        const uri = method === 'REGISTER' ? `sip:${trial.target.domain}` : aor
        return { method, uri, from: aor, to: aor, userAgent: 'friendly-scanner' }
      },
      scanner: async () => {
        const scanner = await trial.stranger({ who: 'scanner' })
        return () => Promise.resolve(scanner)
      },
    }),
})
