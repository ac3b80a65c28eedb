import { attack } from '../attack.ts'
import { askedForProof, proofOf, withProof } from '../proof.ts'
import { answered, reach } from '../reach.ts'
import { sdp } from '../saying.ts'

/** A phone registers every few minutes: those credentials are the easiest to get. */
export const credentialsForAnotherMethod = attack({
  id: 'credentials-for-another-method',
  entry: 'C07',
  title: 'calls with credentials that were made for REGISTER',
  threats: ['digest-without-integrity'],
  clause: '§3.3, no integrity',
  references: ['RFC 7616 §3.4.3', 'RFC 3261 §22.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'Credentials are good for the method that they were made for.',
  mending: {
    aspis: 'On by default: the digest is reckoned with the method of the request.',
    kamailio: 'Let `proxy_authenticate()` decide; give no method of your own to `pv_www_authenticate()`.',
    opensips: 'Let `proxy_authorize()` decide; reckon no digest in the script.',
    asterisk: 'PJSIP reckons with the method of the request: find what answers in its place.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const body = sdp(alice.line.local.ip)
    const asked = await askedForProof(alice, { method: 'INVITE', uri: bob.aor, body })
    const moved = withProof(asked, proofOf(asked, { proving: { method: 'REGISTER' } }))
    const { answer, request } = await reach(alice, bob, moved, { isBare: true, afterMs: trial.silenceMs })
    if (request !== undefined)
      return trial.succeeded('an INVITE rang whose credentials were made for REGISTER')
    return trial.resisted(`an INVITE with credentials for REGISTER was answered ${answered(answer)}`)
  },
})
