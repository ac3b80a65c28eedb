import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import type { TransportName } from '../../base/flow.ts'
import { securityDowngrade } from './security-downgrade.ts'

const PHONE = '192.0.2.1'
const DAY_MS = 86_400_000

/** Registers, and is let. */
function registers(trace: Trace, transport: TransportName, user = 'alice'): void {
  const aor = `sip:${user}@example.test`
  const parts = { method: 'REGISTER', uri: 'sip:example.test', from: aor, to: aor }
  trace.asks(PHONE, { ...parts, lines: ['Contact: <sip:me@192.0.2.1>'] }, 200, 'registered', transport)
}

const agrees = (trace: Trace, client: string, verify: string, transport?: TransportName) =>
  trace.request(
    PHONE,
    { lines: ['Require: sec-agree', `Security-Client: ${client}`, `Security-Verify: ${verify}`] },
    transport,
  )

tryDetector(securityDowngrade, {
  alarm: [
    {
      name: 'H04: the offer names TLS, and digest is used',
      subject: `source:${PHONE}`,
      isSpoofable: true,
      trace: trace => agrees(trace, 'digest;d-alg=md5;q=0.1', 'tls;q=1,digest;q=0.9'),
    },
    {
      name: 'H04: refused three times for want of an agreement',
      subject: `source:${PHONE}`,
      trace: trace => {
        for (let n = 0; n < 3; n += 1) trace.asks(PHONE, {}, 494)
      },
    },
    {
      name: 'H05: an account that came over TLS comes in clear',
      subject: 'account:alice@example.test',
      trace: trace => {
        trace.logsIn('198.51.100.1', 'alice', '', { method: 'SUBSCRIBE' })
        for (let n = 0; n < 8; n += 1) {
          registers(trace, 'tls')
          trace.atMs += DAY_MS / 2
        }
        registers(trace, 'udp')
      },
    },
    {
      name: 'H02 H12: sips in clear, three times',
      subject: `source:${PHONE}`,
      trace: trace => {
        for (let n = 0; n < 3; n += 1) trace.asks(PHONE, { uri: 'sips:bob@example.test' }, 416)
      },
    },
  ],
  quiet: [
    {
      name: 'an agreement that holds, and one that is used over TLS',
      trace: trace => {
        for (let n = 0; n < 20; n += 1) {
          agrees(trace, 'digest;d-alg=sha-256', 'digest;q=0.9')
          agrees(trace, 'tls', 'tls;q=1,digest;q=0.9', 'tls')
        }
      },
    },
    {
      name: 'an account with a phone of each kind, and one that was always in clear',
      trace: trace => {
        trace.logsIn(PHONE, 'alice')
        trace.logsIn(PHONE, 'bob')
        for (let n = 0; n < 30; n += 1) {
          registers(trace, 'udp')
          registers(trace, 'tls')
          registers(trace, 'udp', 'bob')
          trace.atMs += DAY_MS / 8
        }
      },
    },
    {
      name: 'sips over TLS, and from a neighbour',
      trace: trace => {
        for (let n = 0; n < 20; n += 1) {
          trace.asks(PHONE, { uri: 'sips:bob@example.test' }, 200, '', 'tls')
          trace.asks(TRUNK_IP, { uri: 'sips:bob@example.test' }, 200)
        }
      },
    },
  ],
})
