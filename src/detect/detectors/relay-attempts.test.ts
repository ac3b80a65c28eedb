import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { relayAttempts } from './relay-attempts.ts'

const STRANGER = '198.51.100.7'
const HOME = '192.0.2.1'

const asks = (trace: Trace, ip: string, uri: string, lines: readonly string[] = []) =>
  trace.asks(ip, { method: 'OPTIONS', uri, lines }, 403)

tryDetector(relayAttempts, {
  alarm: [
    {
      name: 'E13: four hosts that are not ours',
      subject: `source:${STRANGER}`,
      isSpoofable: true,
      trace: trace => {
        for (let n = 0; n < 4; n += 1) asks(trace, STRANGER, `sip:x@127.0.0.1${n}`.replace('127', '10'))
      },
    },
    {
      name: 'F20: a user of ours who asks for one host after another, each refused',
      subject: `source:${HOME}`,
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let n = 0; n < 12; n += 1) asks(trace, HOME, `sip:x@nowhere${n}.invalid`)
      },
    },
    {
      name: 'E13: by Route, slowly',
      subject: `source:${STRANGER}`,
      trace: trace => {
        for (let n = 0; n < 4; n += 1) {
          asks(trace, STRANGER, 'sip:bob@example.test', [`Route: <sip:10.0.0.${n};lr>`])
          trace.atMs += 3_600_000
        }
      },
    },
    {
      name: 'E13: a Route that the server refused by name',
      subject: `source:${STRANGER}`,
      trace: trace => {
        const request = trace.request(STRANGER, {
          lines: ['Route: <sip:edge.test;lr>, <sip:inside.test;lr>'],
        })
        trace.answer(STRANGER, request, 403, 'route-not-allowed')
      },
    },
    {
      name: 'E13: twelve routes',
      subject: `source:${STRANGER}`,
      trace: trace =>
        asks(
          trace,
          STRANGER,
          'sip:bob@example.test',
          Array.from({ length: 12 }, (_, n) => `Route: <sip:edge.test;lr;x=${n}>`),
        ),
    },
    {
      name: 'E13: maddr',
      subject: `source:${STRANGER}`,
      trace: trace => asks(trace, STRANGER, 'sip:bob@example.test;maddr=203.0.113.66'),
    },
  ],
  quiet: [
    {
      name: 'phones with an outbound proxy and a served domain',
      trace: trace => {
        for (let n = 0; n < 100; n += 1)
          asks(trace, HOME, `sip:${200 + n}@example.test`, ['Route: <sip:edge.test;lr>'])
      },
    },
    {
      name: 'a user who calls people elsewhere, and a neighbour',
      trace: trace => {
        trace.logsIn(HOME, 'alice')
        for (let n = 0; n < 50; n += 1) {
          asks(trace, HOME, `sip:x@host${n % 10}.test`)
          asks(trace, TRUNK_IP, `sip:x@host${n}.test`, [`Route: <sip:host${n}.test;lr>`])
        }
      },
    },
  ],
})
