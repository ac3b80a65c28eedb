import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registering, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'
import { Unable } from '../trial.ts'

/** Credentials that were good once, again from the same address and port: who forges them can do that over UDP. */
export const nonceCountReplay = attack({
  id: 'nonce-count-replay',
  entry: 'C06',
  title: 'uses captured credentials a second time, with the same nonce and count, for a contact of its own',
  threats: ['replay', 'known-plaintext'],
  clause: 'Table 1, row 3; §3.3, known plaintext',
  references: ['RFC 7616 §3.4', 'RFC 7616 §5.5'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 20,
  needs: ['account'],
  expected: 'A count that was used with a nonce is refused: 401 with stale=true.',
  mending: {
    aspis: 'On by default: each count of a nonce is good once; `digest: one-time-nonce` makes it each nonce.',
    kamailio:
      'Set `qop` to "auth" and `nonce_count` to 1 in the auth module, with a transaction made before (`t_newtran()`); or `one_time_nonce`.',
    opensips: 'Leave `disable_nonce_check` of the auth module at 0: nonces are good once then.',
    asterisk: 'PJSIP keeps no counts: use TLS, and a short `nonce_lifetime` of the auth object.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice)
    const proof = proofOf(asked)
    const first = await registerWith(trial, asked, proof)
    if (!isTaken(first)) throw new Unable(`${alice.name} could not register: ${answered(first)}`)
    // The strongest attacker forges address and port of the owner.
    const elsewhere = await trial.user(0, { who: 'attacker', ip: alice.line.local.ip })
    const forged = { ...asked, saying: { ...registering(alice), contact: elsewhere.contact } }
    const again = await registerWith(trial, forged, proof)
    const next = await registerWith(trial, forged, proofOf(asked, { proving: { nc: 2 } }))
    if (isTaken(again))
      return trial.succeeded('the same credentials, in another REGISTER, registered another contact')
    return trial.resisted(
      `the same credentials, in another REGISTER, were answered ${answered(again)}; count 2 of the same nonce was ${isTaken(next) ? 'taken' : 'refused too'}`,
    )
  },
})
