import { attack } from '../attack.ts'
import { openNameServer } from '../name-server.ts'
import { freshHost, lead, naptrRecord, srvRecords } from '../zone.ts'

/** A domain that offered TLS, and whose records for it are gone a moment later. */
export const tlsRecordsRemoved = attack({
  id: 'tls-records-removed',
  entry: 'H02',
  title: 'takes the records for TLS out of DNS of a domain that had them, and reads what leaves in clear',
  threats: ['sips-records-removed', 'eavesdropping'],
  clause: '§3.1, removal of all SIPS records',
  references: ['RFC 3263 §7', 'RFC 3263 §4.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 200,
  needs: ['account', 'tls', 'zone'],
  expected: 'A domain that offered TLS before gets nothing in clear because its records vanished.',
  mending: {
    aspis:
      'On by default: domains that offered TLS are remembered for a week, and nothing leaves in clear to them.',
    kamailio:
      'Write down what domains must be reached by TLS, such as in dispatcher or htable; sign the zone (DNSSEC).',
    opensips:
      'Write down what domains must be reached by TLS, such as in dispatcher; sign the zone (DNSSEC).',
    asterisk: 'Write trunks down with `;transport=tls`, so that DNS has no say in it.',
  },
  async run(trial) {
    const server = await openNameServer(trial)
    const alice = await trial.user(0)
    const listener = await trial.stranger({ who: 'listener in clear', transport: 'UDP' })
    const [plain, host] = [freshHost(server), freshHost(server)]
    const uri = `sip:somebody@${host}`
    const clear = (name: string) => [
      naptrRecord(name, 2, { flags: 's', services: 'SIP+D2U', replacement: `_sip._udp.${name}` }),
      ...srvRecords(name, listener),
    ]
    const secure = [
      naptrRecord(host, 1, { flags: 's', services: 'SIPS+D2T', replacement: `_sips._tcp.${host}` }),
      ...srvRecords(host, listener, '_sips._tcp'),
    ]
    server.records = [...clear(plain), ...secure]
    const before = await lead(trial, alice, `sip:somebody@${plain}`, [listener])
    if (before.at === undefined)
      return trial.inconclusive(
        `no request to the zone arrived at all (${before.answer.final?.startLine ?? 'no answer'})`,
      )
    await lead(trial, alice, uri, [], trial.silenceMs * 3)
    const asked = server.askedFor(host).length
    if (asked === 0) return trial.inconclusive('the target did not ask for the domain while it offered TLS')
    server.records = clear(host)
    const { at, answer } = await lead(trial, alice, uri, [listener])
    const counts = { askedBefore: asked, askedAfter: server.askedFor(host).length - asked }
    if (at !== undefined)
      return trial.succeeded('once the records for TLS were gone, a request came over UDP, in clear', counts)
    return trial.resisted(
      `once the records for TLS were gone, nothing came in clear (${answer.final?.startLine ?? 'no answer'})`,
      counts,
    )
  },
})
