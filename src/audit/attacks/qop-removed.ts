import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'

/** Without qop there is neither client nonce nor count: the answer can be played again, and tables be made ahead. */
export const qopRemoved = attack({
  id: 'qop-removed',
  entry: 'C08',
  title: 'answers a challenge without qop, client nonce and count',
  threats: ['known-plaintext', 'replay'],
  clause: '§3.3, known plaintext; Table 1, row 3',
  references: ['RFC 8760 §2.6', 'RFC 7616 §3.4', 'RFC 7616 §5.7'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 12,
  needs: ['account'],
  expected: 'The challenge offers qop, and an answer without it is not taken.',
  mending: {
    aspis: 'On by default; `insecure: legacy-qop` is what opens it.',
    kamailio:
      'Set `qop` of the auth module to "auth", and `one_time_nonce` to 1: answers without qop are still taken, but each nonce once.',
    opensips:
      'Give "auth" as the qop of `www_challenge()` and `proxy_challenge()`; nonces are good once by default.',
    asterisk: 'PJSIP offers qop=auth; it takes answers without it, so use TLS.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice)
    const offered = asked.challenge.qop.join(',')
    const challenge =
      offered === '' ? 'the challenge offered no qop' : `the challenge offered qop="${offered}"`
    const answer = await registerWith(trial, asked, proofOf(asked, { proving: { qop: 'none' } }))
    if (isTaken(answer))
      return trial.succeeded(`${challenge}, and an answer without qop registered a contact`)
    return trial.resisted(`${challenge}, and an answer without qop was answered ${answered(answer)}`)
  },
})
