import { attack } from '../attack.ts'
import { openNameServer } from '../name-server.ts'
import { freshHost, lead, srvRecords } from '../zone.ts'

/** Records of a name that nobody asked for, in the answer to another question. */
export const dnsForeignRecords = attack({
  id: 'dns-foreign-records',
  entry: 'H01',
  title: 'slips records of another name into an answer of DNS',
  threats: ['dns-cache-poisoning'],
  clause: '§3.1, DNS cache poisoning by a fake record set',
  references: ['RFC 5452 §6', 'RFC 3263 §4.2'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 200,
  needs: ['account', 'zone'],
  expected: 'Only records of the name that was asked for count; what came beside them is asked for anew.',
  mending: {
    aspis: 'On by default: additional records and records of other owners are left out.',
    kamailio: 'Ask a validating resolver on the same machine, such as unbound, with `harden-glue`.',
    opensips: 'Ask a validating resolver on the same machine, such as unbound, with `harden-glue`.',
    asterisk: 'Ask a validating resolver on the same machine, such as unbound, with `harden-glue`.',
  },
  async run(trial) {
    const server = await openNameServer(trial)
    const alice = await trial.user(0)
    const [right, trap] = [
      await trial.stranger({ who: 'destination', transport: 'UDP' }),
      await trial.stranger({ who: 'trap', transport: 'UDP' }),
    ]
    const [harmless, victim] = [freshHost(server), freshHost(server)]
    const slipped = srvRecords(victim, trap).map(each => ({ ...each, ttl: 300 }))
    server.records = [...srvRecords(harmless, right), ...srvRecords(victim, right)]
    server.beside = ({ name }) =>
      name.toLowerCase().endsWith(harmless) ? { additionals: slipped, authorities: [] } : {}
    const first = await lead(trial, alice, `sip:somebody@${harmless}`, [right, trap])
    if (first.at !== right)
      return trial.inconclusive(
        `a request to a host of the zone did not arrive (${first.answer.final?.startLine ?? 'no answer'})`,
      )
    const second = await lead(trial, alice, `sip:somebody@${victim}`, [right, trap])
    const counts = { slipped: slipped.length, asked: server.askedFor(victim).length }
    if (second.at === trap)
      return trial.succeeded('a request went where records said that had come beside an answer', counts)
    if (second.at === undefined)
      return trial.inconclusive('the second request to the zone did not arrive', counts)
    return trial.resisted(
      `the name was asked for in ${counts.asked} questions of its own, and the request went where they led`,
      counts,
    )
  },
})
