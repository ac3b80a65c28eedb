import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registering, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'

/** Overheard, held back and sent first: from the address of the one who listens. */
export const capturedCredentials = attack({
  id: 'captured-credentials',
  entry: 'C09',
  title: 'uses credentials that it captured before they arrived, from its own address, for its own contact',
  threats: ['digest-man-in-the-middle', 'replay'],
  clause: '§3.3, man in the middle; Table 1, row 3',
  references: ['RFC 7616 §5.5', 'RFC 7616 §5.8'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 12,
  needs: ['account', 'addresses'],
  expected: 'Credentials are worth nothing from another address than the one that was challenged.',
  mending: {
    aspis: 'On by default: a nonce is bound to the source that asked for it.',
    kamailio:
      'Set `auth_checks_register` and `auth_checks_no_dlg` of the auth module to 9, without `nonce_count`, beside which they are not looked at.',
    opensips: 'Nonces are good from anywhere: use TLS, so that credentials cannot be overheard.',
    asterisk: 'PJSIP puts the source address into its nonces: find what answers in its place.',
  },
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice)
    const proof = proofOf(asked)
    const attacker = await trial.user(0, { who: 'attacker' })
    const captured = { ...asked, agent: attacker, saying: registering(attacker) }
    const answer = await registerWith(trial, captured, proof)
    const places = `of ${alice.line.local.ip}, used first by ${attacker.line.local.ip},`
    if (isTaken(answer)) return trial.succeeded(`credentials ${places} bound the contact ${attacker.contact}`)
    return trial.resisted(`credentials ${places} were answered ${answered(answer)}`)
  },
})
