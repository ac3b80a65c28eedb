import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registering, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'

/** A rogue server asks for a challenge, passes it on to a phone as its own, and uses the answer. */
export const relayedNonce = attack({
  id: 'relayed-nonce',
  entry: 'C09',
  title: 'has somebody at another address answer a challenge that it got itself',
  threats: ['digest-man-in-the-middle'],
  clause: '§3.3, man in the middle',
  references: ['RFC 7616 §5.8', 'RFC 7616 §5.6'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 12,
  needs: ['account', 'addresses'],
  expected: 'A nonce is good for the address that it was given to, and no other.',
  mending: {
    aspis: 'On by default: a nonce is bound to the source that asked for it.',
    kamailio:
      'Set `auth_checks_register` and `auth_checks_no_dlg` of the auth module to 9, without `nonce_count`, beside which they are not looked at.',
    opensips: 'Nonces are good once, but from anywhere: use TLS, so that none can be relayed.',
    asterisk: 'PJSIP puts the source address into its nonces: find what answers in its place.',
  },
  async run(trial) {
    const rogue = await trial.stranger({ who: 'rogue' })
    const alice = await trial.user(0)
    const { challenge } = await askedForProof(rogue, {
      ...registering(rogue),
      from: alice.aor,
      to: alice.aor,
    })
    const asked = { ...(await askedForProof(alice)), challenge }
    const answer = await registerWith(trial, asked, proofOf(asked))
    const places = `given to ${rogue.line.local.ip} and used from ${alice.line.local.ip}`
    if (isTaken(answer)) return trial.succeeded(`a nonce ${places} registered a contact`)
    return trial.resisted(`a nonce ${places} was answered ${answered(answer)}`)
  },
})
