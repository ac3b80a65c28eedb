import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Trace, tryDetector } from '../../../test/support/trace.ts'
import type { ServerStrained } from '../sighting.ts'
import { serverOverload } from './server-overload.ts'

function limited(trace: Trace, ip: string, messages: number): void {
  trace.see({ kind: 'limited', ...trace.where(ip), messages, why: 'stranger-over-budget' })
}

function strained(trace: Trace, what: ServerStrained['what'], value: number): void {
  trace.see({ kind: 'strain', ...trace.where('0.0.0.0'), what, value })
}

tryDetector(serverOverload, {
  alarm: [
    {
      name: 'F01: one source far over its budget',
      trace: trace => limited(trace, '192.0.2.7', 5000),
      subject: 'source:192.0.2.7',
      isSpoofable: true,
    },
    {
      name: 'F02: many sources, a little each',
      trace: trace => {
        for (let i = 0; i < 3000; i += 1) limited(trace, `10.${i >> 8}.${i & 255}.1`, 1)
      },
      subject: 'server:',
    },
    {
      name: 'the event loop is late',
      trace: trace => strained(trace, 'event-loop-lag', 400),
      subject: 'server:',
    },
    {
      name: 'F19: no place for transactions',
      trace: trace => strained(trace, 'transactions-full', 200_000),
      subject: 'server:',
    },
    {
      name: 'calls are kept going by refusing others',
      trace: trace => strained(trace, 'shedding', 900),
      subject: 'server:',
    },
  ],
  quiet: [
    { name: 'a short pause', trace: trace => strained(trace, 'event-loop-lag', 40) },
    {
      name: 'an office that is over its budget for a moment',
      trace: trace => {
        for (let i = 0; i < 20; i += 1) {
          limited(trace, '192.0.2.7', 10)
          trace.wait(1000)
        }
      },
    },
  ],
})

test('server-overload: the networks that sent most are named, the loudest first', () => {
  const trace = new Trace([serverOverload])
  for (let i = 0; i < 400; i += 1) {
    limited(trace, `10.0.${i & 31}.1`, 1)
    limited(trace, '192.0.2.7', 5)
    limited(trace, '198.51.100.7', 3)
  }
  const about = trace.findings.find(({ subject }) => subject.kind === 'server')
  assert.match(about?.why ?? '', /from 192\.0\.2\.0\/24 \(\d+\), 198\.51\.100\.0\/24 \(\d+\), 10\.0\./)
})
