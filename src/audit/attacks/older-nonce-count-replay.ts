import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registering, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'
import { Unable } from '../trial.ts'

/** A server that keeps the last count only, and wants it to be another, falls to the one before. */
export const olderNonceCountReplay = attack({
  id: 'older-nonce-count-replay',
  entry: 'C06',
  title: 'uses captured credentials again after their owner has gone on to higher counts',
  threats: ['replay'],
  clause: 'Table 1, row 3',
  references: ['RFC 7616 §3.4', 'RFC 7616 §5.5'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 20,
  needs: ['account'],
  expected: 'A count that was used is refused, whatever was used after it.',
  mending: {
    aspis:
      'On by default: the last 64 counts of each nonce are remembered one by one, older ones are refused.',
    kamailio:
      'Set `qop` to "auth" and `nonce_count` to 1 in the auth module: a count must be higher than the last one.',
    opensips: 'Leave `disable_nonce_check` of the auth module at 0: nonces are good once then.',
    asterisk: 'PJSIP keeps no counts: use TLS, and a short `nonce_lifetime` of the auth object.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice)
    const captured = proofOf(asked)
    const first = await registerWith(trial, asked, captured)
    if (!isTaken(first)) throw new Unable(`${alice.name} could not register: ${answered(first)}`)
    let taken = 0
    for (const nc of [2, 3]) {
      const more = await registerWith(
        trial,
        { ...asked, saying: registering(alice) },
        proofOf(asked, { proving: { nc } }),
      )
      if (isTaken(more)) taken++
    }
    const elsewhere = await trial.user(0, { who: 'attacker', ip: alice.line.local.ip })
    const forged = { ...asked, saying: { ...registering(alice), contact: elsewhere.contact } }
    const again = await registerWith(trial, forged, captured)
    const counts = { 'later answers taken': taken }
    const later = `${taken} of 2 later answers by the same nonce were taken`
    if (isTaken(again))
      return trial.succeeded(`${later}; after them the first one registered another contact`, counts)
    return trial.resisted(
      `${later}; the first one, for another contact, was answered ${answered(again)}`,
      counts,
    )
  },
})
