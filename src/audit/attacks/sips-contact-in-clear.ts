import type { Agent, Answer } from '../agent.ts'
import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import { SIPS_MENDING } from '../sips-mending.ts'

/** A phone that registered a sips contact, and gets calls in clear all the same. */
export const sipsContactInClear = attack({
  id: 'sips-contact-in-clear',
  entry: 'H12',
  title: 'reads calls to a phone that registered a sips contact, sent to it in clear',
  threats: ['last-hop-in-clear', 'sips-is-a-promise'],
  clause: "§3.3, TLS: a message can be intercepted inside the recipient's network",
  references: ['RFC 5630 §5.3', 'RFC 5630 §3.1.4'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts', 'tls'],
  expected: 'A request to a sips contact goes over TLS, whatever scheme it came with.',
  mending: SIPS_MENDING,
  async run(trial) {
    if (trial.target.ports.UDP === undefined) return trial.skipped('needs a UDP port')
    const alice = await trial.registered(0)
    const clear = await trial.user(1, { transport: 'UDP', who: 'bob in clear' })
    const bob = await trial.user(1, { transport: 'TLS', ip: clear.line.local.ip })
    const contact = clear.contact.replace(/^sip:/, 'sips:')
    const registered = await registerSecurely(bob, contact)
    if (registered.status !== 200)
      return trial.inconclusive(`a sips contact over TLS was answered ${answered(registered)}`)
    trial.atEnd(() => registerSecurely(bob, contact, 0))
    const watching = clear.request('INVITE', trial.answerMs)
    const calling = reach(alice, bob, { method: 'INVITE', uri: bob.aor }, { withinMs: trial.answerMs })
    const inClear = await Promise.race([watching, calling.then(() => undefined)])
    if (inClear !== undefined) {
      clear.respond(inClear, 486, { toTag: 'clear' })
      await calling
      return trial.succeeded('a call to the sips contact came by UDP, in clear')
    }
    const { answer, request } = await calling
    if (request !== undefined) return trial.resisted('a call to the sips contact came over TLS')
    if (answer.status < 300)
      return trial.inconclusive('a call to the sips contact came nowhere, and got no answer')
    return trial.resisted(
      `a call to the sips contact went nowhere in clear, and was answered ${answered(answer)}`,
    )
  },
})

/** With sips throughout (RFC 5630 §5.2), else as servers take it that know no such rule. */
async function registerSecurely(agent: Agent, contact: string, expires = 300): Promise<Answer> {
  const secure = (uri: string): string => uri.replace(/^sip:/, 'sips:')
  const lines = [`Expires: ${expires}`]
  const uri = `sip:${agent.domain}`
  const wish = { method: 'REGISTER', uri, to: agent.aor, from: agent.aor, contact, lines }
  const first = await agent.askProved({
    ...wish,
    uri: secure(uri),
    to: secure(agent.aor),
    from: secure(agent.aor),
  })
  return first.status === 200 ? first : agent.askProved(wish)
}
