import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registering, registerWith } from '../proof.ts'
import { answered } from '../reach.ts'
import { MENDING_OF_REGISTRATIONS_FOR_OTHERS } from '../shared-mending.ts'

/** A user of the domain, with the own password, takes the calls of a colleague. */
export const registrationOfAnother = attack({
  id: 'registration-of-another',
  entry: 'C13',
  title: "binds its own contact to another user's address with its own good password",
  threats: ['user-name-not-tied-to-uri', 'registration-hijack'],
  clause: '§3.3, username and URI; §3.1, registration hijacking',
  references: ['RFC 3261 §10.3', 'RFC 3261 §22.1'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 20,
  needs: ['two-accounts'],
  expected: 'The user of the credentials must be the user in To: 403.',
  mending: MENDING_OF_REGISTRATIONS_FOR_OTHERS,
  async run(trial) {
    const [alice, bob] = [await trial.user(0), await trial.user(1, { who: 'bob, the attacker' })]
    const saying = { ...registering(bob), from: alice.aor, to: alice.aor }
    const asked = await askedForProof(bob, saying)
    trial.atEnd(() => alice.register(0, bob.contact))
    const answer = await registerWith(trial, asked, proofOf(asked))
    const bound = await alice.bindings()
    if (bound?.includes(bob.contact) === true)
      return trial.succeeded(`calls for ${alice.aor} go to ${bob.contact} now, by the password of bob`)
    if (isTaken(answer) && bound === undefined)
      return trial.inconclusive('it was answered 200, and the bindings could not be asked for')
    return trial.resisted(`it was answered ${answered(answer)}, and ${alice.aor} has no contact of bob's`)
  },
})
