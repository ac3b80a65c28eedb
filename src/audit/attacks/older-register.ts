import { attack } from '../attack.ts'
import { token } from '../saying.ts'
import { standsAfter } from '../taking-over.ts'

/** A REGISTER that is older than what the registrar knows of its Call-ID: delayed, or kept and let go by somebody. */
export const olderRegister = attack({
  id: 'older-register',
  entry: 'E09',
  title: 'undoes a registration with one whose CSeq goes back',
  threats: ['registration-hijack', 'replay'],
  clause: '§3.1, hijacking; Table 1, row 3',
  references: ['RFC 3261 §10.3'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['account'],
  expected: 'Of one Call-ID only a higher CSeq changes a binding (step 7).',
  mending: {
    aspis: 'On by default: of one Call-ID only a higher CSeq changes a binding.',
    kamailio: 'usrloc compares Call-ID and CSeq by itself (`matching_mode` 0): keep it so.',
    opensips:
      'usrloc compares Call-ID and CSeq by itself: leave contacts matched by their URI alone, the default.',
    asterisk:
      'PJSIP looks at no CSeq of earlier registrations: a nonce that is good once would help; use TLS.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const callId = token()
    const said = { method: 'REGISTER', uri: `sip:${alice.domain}`, to: alice.aor, callId }
    const first = await alice.askProved({ ...said, cseq: 900, lines: ['Expires: 120'] })
    if (first.status !== 200) return trial.inconclusive(`the user could not register: ${first.status}`)
    trial.atEnd(() => alice.register(0))
    const { final } = await alice.askProved({ ...said, cseq: 7, lines: ['Expires: 0'] })
    return standsAfter(trial, alice, [final?.startLine ?? 'silence'])
  },
})
