import { attack } from '../attack.ts'
import { openNameServer } from '../name-server.ts'
import { freshHost, lead, naptrRecord, srvRecords } from '../zone.ts'

/** What would leave in clear leaves within that time. */
const SIPS_MS = 1_000

/** A `sips:` request to a domain whose records for TLS somebody took away. */
export const sipsRecordsRemoved = attack({
  id: 'sips-records-removed',
  entry: 'H02',
  title: 'takes the records for TLS out of DNS, so that a sips request leaves in clear',
  threats: ['sips-records-removed', 'sips-is-a-promise', 'eavesdropping'],
  clause: '§3.1, removal of all SIPS records',
  references: ['RFC 3263 §4.1', 'RFC 3261 §26.2.2', 'RFC 5630 §3.1.3'],
  severity: 'critical',
  isIntrusive: false,
  maxMessages: 200,
  needs: ['account', 'tls', 'zone'],
  expected: 'A request to a sips URI goes by TLS or fails; records for UDP and TCP do not count for it.',
  mending: {
    aspis: 'On by default: a sips URI is located by TLS only, whatever DNS says.',
    kamailio:
      'Set `enable_tls=yes`: a sips URI is reached by TLS alone then. Set no `$du` for one but with `;transport=tls`.',
    opensips: 'Load proto_tls, and set no `$du` for a sips URI but with `;transport=tls`.',
    asterisk: 'Give trunks of TLS a contact with `;transport=tls` and `transport=` of TLS at the endpoint.',
  },
  async run(trial) {
    const server = await openNameServer(trial)
    const alice = await trial.user(0, { transport: 'TLS' })
    const listener = await trial.stranger({ who: 'listener in clear', transport: 'UDP' })
    const [plain, secure] = [freshHost(server), freshHost(server)]
    server.records = [plain, secure].flatMap(host => [
      naptrRecord(host, 1, { flags: 's', services: 'SIP+D2U', replacement: `_sip._udp.${host}` }),
      ...srvRecords(host, listener),
    ])
    const before = await lead(trial, alice, `sip:somebody@${plain}`, [listener])
    if (before.at === undefined)
      return trial.inconclusive(
        `not even a sip request to the zone arrived (${before.answer.final?.startLine ?? 'no answer'})`,
      )
    const contact = alice.contact.replace(/^sip:/, 'sips:')
    const asked = {
      method: 'OPTIONS',
      uri: `sips:somebody@${secure}`,
      contact,
      from: alice.aor.replace('sip:', 'sips:'),
    }
    const { final } = await alice.askProved(asked, SIPS_MS)
    const heard = await listener.line.next(
      each => each.method === 'OPTIONS' && each.text.includes(secure),
      trial.silenceMs,
    )
    const counts = { asked: server.askedFor(secure).length }
    if (heard !== undefined)
      return trial.succeeded(`a request to a sips URI came over UDP, in clear: ${heard.startLine}`, counts)
    return trial.resisted(
      `a sip request went there over UDP, one for sips nowhere in clear (${final?.startLine ?? 'no answer'})`,
      counts,
    )
  },
})
