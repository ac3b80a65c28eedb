import { attack } from '../attack.ts'
import { askedForProof, isTaken, proofOf, registering, withProof } from '../proof.ts'
import { answered } from '../reach.ts'
import { MENDING_OF_RECORDINGS } from '../shared-mending.ts'
import { Unable } from '../trial.ts'

/** A recorded REGISTER brings a telephone back that its user has logged off. */
export const replayedRegistration = attack({
  id: 'replayed-registration',
  entry: 'E11',
  title: 'plays a recorded REGISTER again after its user has logged off',
  threats: ['replay', 'registration-hijack'],
  clause: 'Table 1, row 3; §3.1, registration hijacking',
  references: ['RFC 3261 §10.3', 'RFC 7616 §5.5'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account'],
  expected: 'The binding that was removed does not come back, from wherever the REGISTER is played.',
  mending: MENDING_OF_RECORDINGS,
  async run(trial) {
    const alice = await trial.user(0)
    const asked = await askedForProof(alice, registering(alice))
    const recorded = alice.text(withProof(asked, proofOf(asked)))
    const genuine = await alice.ask(recorded)
    if (!isTaken(genuine)) throw new Unable(`${alice.name} could not register: ${answered(genuine)}`)
    trial.atEnd(() => alice.register(0))
    const gone = await alice.register(0)
    if (!isTaken(gone)) throw new Unable(`${alice.name} could not log off: ${answered(gone)}`)
    const attacker = await trial.stranger()
    const seen: string[] = []
    for (const [where, who] of [
      ['elsewhere', attacker],
      ['the address of its sender', alice],
    ] as const) {
      // A copy with a new branch is no retransmission.
      const again = recorded.replace(/;branch=z9hG4bK/, ';branch=z9hG4bKx')
      const answer = await who.ask(again, 2 * trial.silenceMs)
      const bound = await alice.bindings()
      if (bound === undefined) throw new Unable('the bindings could not be asked for')
      if (bound.includes(alice.contact))
        return trial.succeeded(
          `played from ${where}, the REGISTER bound ${alice.contact} again, which had logged off`,
        )
      seen.push(`from ${where} ${answered(answer)}`)
    }
    return trial.resisted(`the binding did not come back: ${seen.join('; ')}`, { tried: seen.length })
  },
})
