import { attack } from '../attack.ts'
import { answered, reach } from '../reach.ts'

/** A REFER whose sender says that another asks for it. */
export const forgedReferredBy = attack({
  id: 'forged-referred-by',
  entry: 'D06',
  title: 'transfers a user in the name of somebody else, by a forged Referred-By',
  threats: ['referred-by-forged', 'referee-in-the-middle'],
  clause: '§3.3, REFER: the referee can forge the Referred-By header',
  references: ['RFC 3892 §2.1', 'RFC 3892 §6'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'A REFER that names a referrer other than its proven sender reaches nobody.',
  mending: {
    aspis: 'On by default: who is named as referrer must be who sends the REFER (403).',
    kamailio: 'After `proxy_authorize()` compare `$(hdr(Referred-By){nameaddr.uri}{uri.user})` with `$au`.',
    opensips: 'After `proxy_authorize()` compare `$(hdr(Referred-By){nameaddr.uri}{uri.user})` with `$au`.',
    asterisk: 'It takes REFER within calls only; `allow_transfer=no` for endpoints that need none.',
  },
  async run(trial) {
    const [alice, bob] = [await trial.registered(0), await trial.registered(1)]
    const { domain, knownUser = 'director' } = trial.target
    const refer = (referrer: string) => ({
      method: 'REFER',
      uri: bob.aor,
      lines: [`Refer-To: <${alice.aor}>`, `Referred-By: <${referrer}>`],
    })
    const honest = await reach(alice, bob, refer(alice.aor))
    const forged = await reach(alice, bob, refer(`sip:${knownUser}@${domain}`))
    if (forged.request !== undefined)
      return trial.succeeded(`the REFER came with Referred-By ${forged.request.header('Referred-By')}`)
    const refusal = answered(forged.answer)
    if (honest.request !== undefined)
      return trial.resisted(`under the sender's own name it came, under another it was answered ${refusal}`)
    if (honest.answer.status < 400) return trial.inconclusive('an honest REFER got no answer')
    return trial.resisted(
      `REFER reaches nobody there: ${answered(honest.answer)}, and ${refusal} when forged`,
    )
  },
})
