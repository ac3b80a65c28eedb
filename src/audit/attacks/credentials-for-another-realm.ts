import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'

/** One who runs a server of his own makes a phone answer for a realm of his choice. */
export const credentialsForAnotherRealm = attack({
  id: 'credentials-for-another-realm',
  entry: 'C09',
  title: 'logs in with credentials that were made for another realm',
  threats: ['digest-man-in-the-middle'],
  clause: '§3.3, man in the middle',
  references: ['RFC 3261 §22.1', 'RFC 7616 §3.3'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 12,
  needs: ['account'],
  expected: 'Credentials of another realm are passed over, and the request is challenged.',
  mending: {
    aspis: 'On by default: only credentials of the own realm are looked at.',
    kamailio:
      'Give the realm to `www_authenticate()` and `proxy_authenticate()`, never one that the request names.',
    opensips:
      'Give the realm to `www_authorize()` and `proxy_authorize()`, never one that the request names.',
    asterisk: 'Set `realm` in the auth objects, or `default_realm` in the global section.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice)
    const answer = await registerWith(
      trial,
      asked,
      proofOf(asked, { challenge: { realm: 'elsewhere.invalid' } }),
    )
    if (isTaken(answer))
      return trial.succeeded('credentials of the realm elsewhere.invalid registered a contact here')
    return trial.resisted(`credentials of the realm elsewhere.invalid were answered ${answered(answer)}`)
  },
})
