import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import { REFER_MENDING } from '../refer-mending.ts'

/** A user has the phone of another dial what costs. */
export const referToPremium = attack({
  id: 'refer-to-premium',
  entry: 'D08',
  title: 'has the phone of another user call a premium or foreign number, by REFER',
  threats: ['referee-in-the-middle', 'no-authorisation-model'],
  clause: '§3.3, REFER; §3.3, there is no authorization model',
  references: ['RFC 3515 §6', 'RFC 7647 §5'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['two-accounts'],
  expected: 'Nobody refers others to where no rule lets him call himself.',
  mending: REFER_MENDING,
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const { domain, premiumNumber = '+8839990100' } = trial.target
    const refer = (to: string) => ({ method: 'REFER', uri: bob.aor, lines: [`Refer-To: <${to}>`] })
    const honest = await reach(alice, bob, refer(alice.aor))
    const targets = [
      `sip:${premiumNumber}@${domain};user=phone`,
      `sip:${premiumNumber}@premium.invalid`,
      `tel:${premiumNumber}`,
    ]
    let reached = 0
    const refused: string[] = []
    for (const target of targets) {
      const { answer, request } = await reach(alice, bob, refer(target))
      if (request === undefined) refused.push(answered(answer))
      else reached++
    }
    const counts = { tried: targets.length, reached }
    if (reached > 0)
      return trial.succeeded(
        `${reached} of ${targets.length} REFERs to ${premiumNumber} came to the phone`,
        counts,
      )
    const others =
      honest.request === undefined ? 'as no REFER does' : 'while one to a user of the domain came'
    return trial.resisted(
      `none of ${targets.length} came to the phone, ${others}: ${refused.join('; ')}`,
      counts,
    )
  },
})
