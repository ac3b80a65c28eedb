import { attack } from '../attack.ts'
import { askedForProof, proofOf, withProof } from '../proof.ts'
import { answered, reach } from '../reach.ts'
import { sdp, token } from '../saying.ts'
import { MENDING_OF_RECORDINGS } from '../shared-mending.ts'
import { Unable } from '../trial.ts'

/** What was recorded on the line is played again: octet for octet, and with identifiers of its own. */
export const replayedCall = attack({
  id: 'replayed-call',
  entry: 'E11',
  title: 'plays a recorded INVITE with its credentials again',
  threats: ['replay', 'known-plaintext'],
  clause: 'Table 1, row 3',
  references: ['RFC 3261 §26.1.4', 'RFC 7616 §5.5'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['two-accounts'],
  expected: 'The callee hears nothing of it, from wherever it is played.',
  mending: MENDING_OF_RECORDINGS,
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const asked = await askedForProof(alice, {
      method: 'INVITE',
      uri: bob.aor,
      body: sdp(alice.line.local.ip),
    })
    const recorded = alice.text(withProof(asked, proofOf(asked)))
    const genuine = await reach(alice, bob, recorded)
    if (genuine.request === undefined)
      throw new Unable(`an INVITE between two users never reached its callee: ${answered(genuine.answer)}`)
    const attacker = await trial.stranger()
    const plays = [
      ['octet for octet from elsewhere', attacker, recorded],
      ['with new identifiers from elsewhere', attacker, renewed(recorded)],
      ['with new identifiers from the address of its sender', alice, renewed(recorded)],
    ] as const
    const rang: string[] = []
    const refused: string[] = []
    for (const [how, who, text] of plays) {
      const { answer, request } = await reach(who, bob, text, {
        withinMs: 2 * trial.silenceMs,
        afterMs: trial.silenceMs,
      })
      if (request === undefined) refused.push(`${how} ${answered(answer)}`)
      else rang.push(how)
    }
    const counts = { tried: plays.length, rang: rang.length }
    if (rang.length > 0) return trial.succeeded(`the callee rang again, played ${rang.join(', ')}`, counts)
    return trial.resisted(`it did not ring again: ${refused.join('; ')}`, counts)
  },
})

/** As a new call: another branch, tag and Call-ID, which no digest covers. */
function renewed(text: string): string {
  return text
    .replace(/;branch=[^;\r\n]*/, `;branch=z9hG4bK${token()}`)
    .replace(/^(From: .*;tag=).*$/m, `$1${token()}`)
    .replace(/^Call-ID: .*$/m, `Call-ID: ${token()}`)
}
