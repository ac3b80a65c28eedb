import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import { REFER_MENDING } from '../refer-mending.ts'

/** A phone that is told to call somebody, by whoever sends a datagram. */
export const referFromStranger = attack({
  id: 'refer-from-stranger',
  entry: 'D08',
  title: 'has a phone call a number, by a REFER without credentials',
  threats: ['referee-in-the-middle', 'unauthenticated-requests'],
  clause: '§3.3, REFER; §3.1, call hijacking',
  references: ['RFC 3515 §2.4', 'RFC 3515 §6'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 40,
  needs: ['two-accounts'],
  expected: 'A REFER outside a call needs the credentials of a user of the own domain.',
  mending: REFER_MENDING,
  async run(trial) {
    const bob = await trial.registered(1)
    const { domain, accounts, premiumNumber = '+8839990100' } = trial.target
    const senders = [`sip:${accounts[0]?.user ?? ''}@${domain}`, 'sip:nobody@elsewhere.invalid', bob.aor]
    let reached = 0
    const refused: string[] = []
    for (const from of senders) {
      const attacker = await trial.stranger()
      const lines = [`Refer-To: <sip:${premiumNumber}@${domain};user=phone>`]
      const saying = { method: 'REFER', uri: bob.aor, from, lines }
      const { answer, request } = await reach(attacker, bob, saying, {
        isBare: true,
        withinMs: trial.silenceMs,
      })
      if (request === undefined) refused.push(answered(answer))
      else reached++
    }
    const counts = { tried: senders.length, reached }
    if (reached > 0)
      return trial.succeeded(
        `${reached} of ${senders.length} REFERs without credentials came to the phone`,
        counts,
      )
    return trial.resisted(`none of ${senders.length} came to the phone: ${refused.join('; ')}`, counts)
  },
})
