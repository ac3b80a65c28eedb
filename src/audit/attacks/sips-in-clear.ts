import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import { SIPS_MENDING } from '../sips-mending.ts'

/** A secure call whose last hop would be in clear. */
export const sipsInClear = attack({
  id: 'sips-in-clear',
  entry: 'H12',
  title: 'reads a sips call on its last hop, which went in clear',
  threats: ['last-hop-in-clear', 'sips-is-a-promise'],
  clause: "§3.3, TLS: a message can be intercepted inside the recipient's network",
  references: ['RFC 5630 §5.3', 'RFC 3261 §26.2.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts', 'tls'],
  expected: 'A sips request goes to sips contacts over TLS only; without one it is 480.',
  mending: SIPS_MENDING,
  async run(trial) {
    const [alice, bob] = [
      await trial.registered(0, { transport: 'TLS' }),
      await trial.registered(1, inClear(trial)),
    ]
    const plain = await reach(alice, bob, { method: 'INVITE', uri: bob.aor })
    if (plain.request === undefined)
      return trial.inconclusive(`a sip call did not ring: ${answered(plain.answer)}`)
    const secure = (uri: string): string => uri.replace(/^sip:/, 'sips:').replace(/;transport=tls/, '')
    const { answer, request } = await reach(alice, bob, {
      method: 'INVITE',
      uri: secure(bob.aor),
      from: secure(alice.aor),
      contact: secure(alice.contact),
    })
    if (request !== undefined)
      return trial.succeeded(`a call to ${secure(bob.aor)} came over ${bob.line.transport}, in clear`)
    return trial.resisted(
      `a sip call rang over ${bob.line.transport}, a sips call was answered ${answered(answer)}`,
    )
  },
})

function inClear({ target }: { readonly target: { readonly ports: { readonly UDP?: number } } }) {
  return { transport: target.ports.UDP === undefined ? 'TCP' : 'UDP' } as const
}
