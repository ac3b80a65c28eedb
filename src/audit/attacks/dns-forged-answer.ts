import type { Packet } from 'dns-packet'
import { attack } from '../attack.ts'
import type { Asked, Forged } from '../name-server.ts'
import { openNameServer } from '../name-server.ts'
import { freshHost, lead, srvRecords } from '../zone.ts'

/** What is wrong with an answer that comes before the right one; each would be what a guess is. */
const LIES: Readonly<Record<string, (asked: Asked, lie: Packet) => Forged>> = {
  'another ID': (asked, lie) => ({ packet: { ...lie, id: (asked.id + 1) & 0xffff } }),
  'another question': (asked, lie) => ({
    packet: { ...lie, questions: [{ name: `x${asked.name}`, type: asked.type, class: 'IN' }] },
  }),
  'no question': (_, lie) => ({ packet: { ...lie, questions: [] } }),
  'another source': (_, lie) => ({ packet: lie, from: 'elsewhere' }),
  'a query for an answer': (_, lie) => ({ packet: { ...lie, type: 'query' } }),
}

/** Answers that are wrong in what a forger has to guess, before the right ones. */
export const dnsForgedAnswer = attack({
  id: 'dns-forged-answer',
  entry: 'H01',
  title: 'answers questions to DNS before the name server does, with a wrong ID, question or source',
  threats: ['dns-cache-poisoning'],
  clause: '§3.1, DNS cache poisoning',
  references: ['RFC 5452 §9.1', 'RFC 3263 §4.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 400,
  needs: ['account', 'zone'],
  expected: 'An answer counts only if its ID, question, source address and port are those of the question.',
  mending: {
    aspis:
      'On by default: an answer must match in all of them, and many that do not move the question to TCP.',
    kamailio:
      'Ask a validating resolver on the same machine, such as unbound, with the network closed to it.',
    opensips:
      'Ask a validating resolver on the same machine, such as unbound, with the network closed to it.',
    asterisk:
      'Ask a validating resolver on the same machine, such as unbound; `res_resolver_unbound` does so.',
  },
  async run(trial) {
    const server = await openNameServer(trial)
    const alice = await trial.user(0)
    const [right, trap] = [
      await trial.stranger({ who: 'destination', transport: 'UDP' }),
      await trial.stranger({ who: 'trap', transport: 'UDP' }),
    ]
    const lies = Object.entries(LIES).map(([says, lie]) => ({ says, lie, host: freshHost(server) }))
    server.records = lies.flatMap(({ host }) => srvRecords(host, right))
    const wrong = lies.flatMap(({ host }) => srvRecords(host, trap))
    server.forge = (asked, truth) => {
      const name = asked.name.toLowerCase()
      const found = lies.find(({ host }) => name.endsWith(host))
      const answers = wrong.filter(each => each.name === name && each.type === asked.type)
      return found === undefined || answers.length === 0 ? [] : [found.lie(asked, { ...truth, answers })]
    }
    const led = await Promise.all(
      lies.map(({ host }) => lead(trial, alice, `sip:somebody@${host}`, [right, trap])),
    )
    const believed = lies.filter((_, at) => led[at]?.at === trap).map(({ says }) => says)
    const arrived = led.filter(({ at }) => at === right).length
    const counts = { tried: lies.length, believed: believed.length, rightly: arrived }
    if (believed.length > 0)
      return trial.succeeded(
        `requests went where forged answers said, which had ${believed.join(', ')}`,
        counts,
      )
    if (arrived < lies.length)
      return trial.inconclusive(
        `only ${arrived} of ${lies.length} requests arrived at all (${led.find(({ at }) => at === undefined)?.answer.final?.startLine ?? 'no answer'})`,
        counts,
      )
    return trial.resisted(`${arrived} of ${lies.length} requests went where the right answer said`, counts)
  },
})
