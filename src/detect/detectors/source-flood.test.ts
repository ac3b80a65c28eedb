import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { sourceFlood } from './source-flood.ts'

const FLOODER = '192.0.2.7'

/** Requests at a steady rate, each refused by the server. */
function flood(
  trace: Trace,
  method: string,
  perSecond: number,
  ms: number,
  status = 407,
  ip = FLOODER,
): void {
  const count = Math.round((perSecond * ms) / 1000)
  for (let i = 0; i < count; i += 1) {
    trace.asks(ip, { method, uri: `sip:${i}@example.test` }, status)
    trace.wait(ms / count)
  }
}

/** Phones behind one address log in, each challenged first. */
function office(trace: Trace, phones: number, perSecond: number, tries = 1): void {
  for (let i = 0; i < phones; i += 1) {
    for (let tried = 0; tried < tries; tried += 1) trace.asks(FLOODER, { method: 'REGISTER' }, 401)
    trace.logsIn(FLOODER, `phone${i}`)
    trace.wait(1000 / perSecond)
  }
}

tryDetector(sourceFlood, {
  alarm: [
    {
      name: 'F01 S7: 50,000 INVITEs a second of one source within 200 ms',
      trace: trace => flood(trace, 'INVITE', 50_000, 20),
      subject: `source:${FLOODER}`,
      isSpoofable: true,
    },
    {
      name: 'F01 S7: 2,000 a second within 200 ms',
      trace: trace => flood(trace, 'INVITE', 2000, 200),
      subject: `source:${FLOODER}`,
    },
    {
      name: 'F03: REGISTER with bad credentials',
      trace: trace => {
        for (let i = 0; i < 300; i += 1) trace.logsIn(FLOODER, 'alice', 'wrong-credentials')
      },
      subject: `source:${FLOODER}`,
    },
    {
      name: 'F04: OPTIONS that the server answers itself',
      trace: trace => flood(trace, 'OPTIONS', 200, 4000, 200),
      subject: `source:${FLOODER}`,
    },
    {
      name: 'F04: a method that nobody knows',
      trace: trace => flood(trace, 'BREW', 1000, 1000, 501),
      subject: `source:${FLOODER}`,
    },
    {
      name: 'a connection is proof enough',
      trace: trace => {
        for (let i = 0; i < 300; i += 1) trace.asks(FLOODER, { method: 'OPTIONS' }, 200, '', 'tcp')
      },
      subject: `source:${FLOODER}`,
      isSpoofable: false,
    },
    {
      name: 'F22: datagrams that bear the address of a user blame nobody for sure',
      trace: trace => {
        trace.logsIn(FLOODER, 'alice')
        flood(trace, 'INVITE', 5000, 1000)
      },
      subject: `source:${FLOODER}`,
      isSpoofable: true,
    },
    {
      name: 'evasion: a login now and then pays for no flood',
      trace: trace => {
        for (let i = 0; i < 30; i += 1) {
          trace.logsIn(FLOODER, 'alice')
          flood(trace, 'INVITE', 5000, 100)
        }
      },
      subject: `source:${FLOODER}`,
    },
    {
      name: 'evasion: what was not even read counts',
      trace: trace => {
        const { atMs, source, transport } = trace.where(FLOODER)
        trace.see({ kind: 'limited', atMs, source, transport, messages: 5000, why: 'stranger-over-budget' })
      },
      subject: `source:${FLOODER}`,
    },
  ],
  quiet: [
    {
      name: 'F24 S6: 1,000 phones behind one address, 50 registrations a second',
      trace: trace => office(trace, 1000, 50),
    },
    {
      name: 'F23: the same office after a power cut, all within ten seconds, three tries each',
      trace: trace => office(trace, 1000, 100, 3),
    },
    {
      name: 'F25: a trunk of 10 calls a second that nobody takes',
      trace: trace => flood(trace, 'INVITE', 10, 60_000, 404, TRUNK_IP),
    },
    {
      name: 'an office that calls 20 times a second, and meets busy tones',
      trace: trace => {
        for (let i = 0; i < 600; i += 1) {
          trace.asks(FLOODER, {}, 407)
          trace.responds('198.51.100.1', FLOODER, trace.call(FLOODER, {}, `phone${i}@example.test`), 486)
          trace.wait(50)
        }
      },
    },
    {
      name: 'monitoring that asks ten times a second',
      trace: trace => flood(trace, 'OPTIONS', 10, 60_000, 200),
    },
  ],
})
