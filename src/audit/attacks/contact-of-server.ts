import { attack } from '../attack.ts'
import { hostPort } from '../line/place.ts'
import { MAX_OF_ONE, sentRound, witnessAt } from '../looping.ts'

/** A contact that is the server itself: each call of the user comes back to it. */
export const contactOfServer = attack({
  id: 'contact-of-server',
  entry: 'F13',
  title: 'has the server send requests to itself by a contact at its own address',
  threats: ['forking-amplification', 'registration-hijack'],
  clause: '§3.1, forking proxies amplify traffic',
  references: ['RFC 5393 §3', 'RFC 3261 §16.3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 200,
  needs: ['two-accounts'],
  expected: 'A contact at the server is refused, or the request that comes back by it is answered 482.',
  mending: {
    aspis: 'On by default: a contact at this server or in a domain of ours is 403.',
    kamailio:
      'Refuse a REGISTER whose Contact is the server: `if (is_myself("$(ct{nameaddr.uri})")) { sl_send_reply("403", "Forbidden"); exit; }`.',
    opensips: 'Refuse a REGISTER whose Contact is the server: `is_myself("$(ct{nameaddr.uri}{uri.host})")`.',
    asterisk: 'Set `rewrite_contact=yes` on endpoints, so that calls go to the source of the REGISTER.',
  },
  async run(trial) {
    const { ip, ports, accounts, domain } = trial.target
    const alice = await trial.user(0)
    const user = accounts[0]?.user ?? ''
    const places = [hostPort({ ip, port: ports[alice.line.transport] ?? 0 }), domain]
    const answers: string[] = []
    for (const place of places) {
      const contact = `sip:${user}@${place}`
      const { final, status } = await alice.register(120, contact)
      answers.push(final?.startLine ?? 'silence')
      if (status === 200) trial.atEnd(() => alice.register(0, contact))
    }
    const witness = await witnessAt(trial)
    if (!answers.some(line => line.startsWith('SIP/2.0 200')))
      return trial.resisted(`contacts at the server itself got ${answers.join(', ')}`)
    const rounds = await sentRound(trial, witness)
    const counts = { rounds }
    if (rounds === 0) return trial.inconclusive('the request did not come to the contact beside them', counts)
    if (rounds > MAX_OF_ONE)
      return trial.succeeded(`one request became ${rounds} by a contact at the server itself`, counts)
    return trial.resisted(
      `a contact at the server was taken, and one request became ${rounds}, no more`,
      counts,
    )
  },
})
