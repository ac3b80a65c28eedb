import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registering, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'
import { MENDING_OF_REGISTRATIONS_FOR_OTHERS } from '../shared-mending.ts'

/** RFC 3261 §10.2 lets a third party register for a user where the registrar allows it: From is its own, To the user. */
export const thirdPartyRegistration = attack({
  id: 'third-party-registration',
  entry: 'C13',
  title: 'registers for another user as a third party, under its own name',
  threats: ['user-name-not-tied-to-uri', 'registration-hijack'],
  clause: '§3.3, username and URI; §3.1, registration hijacking',
  references: ['RFC 3261 §10.2', 'RFC 3261 §10.3'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 20,
  needs: ['two-accounts'],
  expected: 'Nobody registers for another user who was not allowed to: 403.',
  mending: MENDING_OF_REGISTRATIONS_FOR_OTHERS,
  async run(trial) {
    const [alice, bob] = [await trial.user(0), await trial.user(1, { who: 'bob, the attacker' })]
    const asked = await askedForProof(bob, { ...registering(bob), to: alice.aor })
    trial.atEnd(() => alice.register(0, bob.contact))
    const answer = await registerWith(trial, asked, proofOf(asked))
    const bound = await alice.bindings()
    if (bound?.includes(bob.contact) === true)
      return trial.succeeded(`${bob.aor} bound ${bob.contact} to ${alice.aor}`)
    if (isTaken(answer) && bound === undefined)
      return trial.inconclusive('it was answered 200, and the bindings could not be asked for')
    return trial.resisted(`it was answered ${answered(answer)}, and ${alice.aor} has no contact of bob's`)
  },
})
