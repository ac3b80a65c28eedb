import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'

/** The digest covers `uri` alone; a server that does not compare it takes what was made for another one. */
export const credentialsForAnotherServer = attack({
  id: 'credentials-for-another-server',
  entry: 'C07',
  title: 'registers with credentials whose uri names another server',
  threats: ['digest-without-integrity', 'digest-man-in-the-middle'],
  clause: '§3.3, no integrity; §3.3, man in the middle',
  references: ['RFC 7616 §3.4.6', 'RFC 8760 §2.6', 'RFC 3261 §22.4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 12,
  needs: ['account'],
  expected: 'Credentials whose uri is not what the request asks for are refused.',
  mending: {
    aspis: 'On by default: the uri of the credentials must ask for what the Request-URI asks for.',
    kamailio: 'Compare `$adu` with `$ru` after `www_authenticate()`, and refuse what differs.',
    opensips: 'Compare `$adu` with `$ru` after `www_authorize()`, and refuse what differs.',
    asterisk: 'PJSIP has no option for it: use TLS, so that answers of phones are not overheard.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice)
    const answer = await registerWith(
      trial,
      asked,
      proofOf(asked, { proving: { uri: 'sip:elsewhere.invalid' } }),
    )
    if (isTaken(answer))
      return trial.succeeded('a REGISTER was served whose credentials were made for sip:elsewhere.invalid')
    return trial.resisted(`credentials made for sip:elsewhere.invalid were answered ${answered(answer)}`)
  },
})
