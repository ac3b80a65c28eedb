import { branchOf } from '../agent.ts'
import { attack } from '../attack.ts'
import { token } from '../saying.ts'

/** A Via that says where the answer should go: to somebody who never asked. */
export const answerSentElsewhere = attack({
  id: 'answer-sent-elsewhere',
  entry: 'F14',
  title: 'has answers sent to somebody else by sent-by, received, rport and maddr of its Via',
  threats: ['reflection'],
  clause: '§3.3, packet bombarding',
  references: ['RFC 3261 §18.2.1', 'RFC 3261 §18.2.2', 'RFC 3581 §4'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 12,
  needs: ['addresses'],
  expected: 'Answers over UDP go to the address that the request came from, whatever its Via says.',
  mending: {
    aspis:
      'On by default: `received` and `rport` are written over with the real source, `maddr` is not followed.',
    kamailio: '`force_rport()` for every request; drop requests whose Via has `maddr`, before any reply.',
    opensips: '`force_rport()` for every request; drop requests whose Via has `maddr`, before any reply.',
    asterisk: 'pjsip.conf: `force_rport=yes` on every endpoint, and a packet filter against strangers.',
  },
  async run(trial) {
    const attacker = await trial.stranger({ transport: 'UDP' })
    const victim = await trial.stranger({ who: 'victim', transport: 'UDP' })
    const [own, other] = [attacker.line.local, victim.line.local]
    const lies = [
      { says: 'sent-by', via: `${other.ip}:${other.port}` },
      { says: 'received and rport', via: `${own.ip}:${own.port};received=${other.ip};rport=${other.port}` },
      { says: 'maddr', via: `${own.ip}:${other.port};maddr=${other.ip}` },
      {
        says: 'all of them',
        via: `${other.ip}:${other.port};received=${other.ip};rport=${other.port};maddr=${other.ip}`,
      },
    ]
    const asked = { method: 'OPTIONS', uri: `sip:${trial.target.domain}` }
    const plain = await attacker.ask(asked)
    if (plain.final === undefined) return trial.inconclusive('an honest OPTIONS got no answer')
    const told = new Map<string, string>()
    for (const { says, via } of lies) {
      const branch = `z9hG4bK${token()}`
      told.set(branch, says)
      const text = attacker.text(asked).replace(/^Via: .*$/m, `Via: SIP/2.0/UDP ${via};branch=${branch}`)
      await trial.turn()
      attacker.line.send(text)
    }
    await trial.pause(trial.silenceMs)
    const sent = victim.line.heard.filter(({ status }) => status > 0)
    const counts = { tried: lies.length, elsewhere: sent.length, back: attacker.line.heard.length - 1 }
    if (sent.length > 0) {
      const by = new Set(sent.map(({ text }) => told.get(branchOf(text)) ?? 'a Via of its own'))
      return trial.succeeded(
        `${sent.length} answers went to somebody who had not asked, by ${[...by].join(', ')}`,
        counts,
      )
    }
    return trial.resisted(
      `of ${lies.length} requests that named somebody else's address ${counts.back} were answered, to their source`,
      counts,
    )
  },
})
