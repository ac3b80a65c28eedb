import { attack } from '../attack.ts'

/** A request that may be in one place at a time, for a user in three places. */
export const maxBreadthIgnored = attack({
  id: 'max-breadth-ignored',
  entry: 'F11',
  title: 'has a request go to three places at once that may go to one at a time',
  threats: ['forking-amplification'],
  clause: '§3.1, forking proxies amplify traffic',
  references: ['RFC 5393 §5.3.3', 'RFC 5393 §5.3.3.1'],
  severity: 'low',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['two-accounts'],
  expected: 'With Max-Breadth 1 contacts are tried one after the other, or the answer is 440.',
  mending: {
    aspis: 'On by default: Max-Breadth is honoured, and 60 at most.',
    kamailio:
      'tm knows no Max-Breadth: bound branches by `max_contacts` of registrar and `max_branches` of the core.',
    opensips: 'tm knows no Max-Breadth: bound contacts by `max_contacts` of registrar.',
    asterisk: 'Set `max_contacts` of each `aor` to 1.',
  },
  async run(trial) {
    const phones = [await trial.registered(0), await trial.registered(0), await trial.registered(0)]
    const bob = await trial.registered(1)
    const uri = phones[0]?.aor ?? ''
    const asked = bob.askProved({ method: 'INVITE', uri, lines: ['Max-Breadth: 1'] })
    // Nobody answers yet: what rings now rings at once.
    const heard = await Promise.all(phones.map(phone => phone.request('INVITE', trial.silenceMs)))
    const atOnce = heard.filter(each => each !== undefined).length
    const decline = async (phone: (typeof phones)[number], at: number): Promise<void> => {
      const invite = heard[at] ?? (await phone.request('INVITE', trial.answerMs))
      if (invite !== undefined) phone.respond(invite, 603, { contact: false })
    }
    await Promise.race([Promise.all(phones.map(decline)), asked])
    const { final } = await asked
    const counts = { contacts: phones.length, atOnce }
    if (atOnce > 1)
      return trial.succeeded(`an INVITE with Max-Breadth 1 rang at ${atOnce} contacts at once`, counts)
    if (atOnce === 0 && final?.status !== 440)
      return trial.inconclusive(`the INVITE rang nowhere, and got ${final?.startLine ?? 'no answer'}`, counts)
    return trial.resisted(
      `an INVITE with Max-Breadth 1 rang at ${atOnce} of ${phones.length} contacts at once`,
      counts,
    )
  },
})
