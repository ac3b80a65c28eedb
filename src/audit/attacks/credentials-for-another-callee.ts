import { attack } from '../attack.ts'
import { askedForProof, proofOf, withProof } from '../proof.ts'
import { answered, reach } from '../reach.ts'
import { sdp } from '../saying.ts'

/** Credentials of a free call pay for an expensive one, when nobody compares what they were made for. */
export const credentialsForAnotherCallee = attack({
  id: 'credentials-for-another-callee',
  entry: 'C07',
  title: 'moves the credentials of one call to a call of somebody else',
  threats: ['digest-without-integrity', 'digest-man-in-the-middle'],
  clause: '§3.3, no integrity',
  references: ['RFC 7616 §3.4.6', 'RFC 8760 §2.6', 'RFC 3261 §22.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'Credentials whose uri is not the Request-URI reach nobody.',
  mending: {
    aspis: 'On by default: the uri of the credentials must ask for what the Request-URI asks for.',
    kamailio: 'Compare `$adu` with `$ru` after `proxy_authenticate()`, and refuse what differs.',
    opensips: 'Compare `$adu` with `$ru` after `proxy_authorize()`, and refuse what differs.',
    asterisk: 'PJSIP has no option for it: use TLS, so that answers of phones are not overheard.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const body = sdp(alice.line.local.ip)
    const asked = await askedForProof(alice, { method: 'INVITE', uri: bob.aor, body })
    const uri = `sip:somebody-else@${alice.domain}`
    const moved = withProof(asked, proofOf(asked, { proving: { uri } }))
    const { answer, request } = await reach(alice, bob, moved, { isBare: true, afterMs: trial.silenceMs })
    if (request !== undefined)
      return trial.succeeded(`a call rang at ${bob.aor} whose credentials were made for ${uri}`)
    return trial.resisted(`credentials for ${uri} in a call to ${bob.aor} were answered ${answered(answer)}`)
  },
})
