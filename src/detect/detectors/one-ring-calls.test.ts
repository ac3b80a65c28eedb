import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { oneRingCalls } from './one-ring-calls.ts'

const CALLER = '198.51.100.7'
const CALLEE = '192.0.2.9'
const ALICE = 'alice@example.test'

/** Rings for a while; then the caller gives up. */
function rings(trace: Trace, ip: string, ms: number, n: number, account = '', from?: string): void {
  const parts = { uri: `sip:${2000 + n}@example.test`, ...(from === undefined ? {} : { from }) }
  const invite = trace.call(ip, parts, account)
  trace.responds(CALLEE, ip, invite, 180)
  trace.wait(ms)
  trace.responds(CALLEE, ip, invite, 487)
}

tryDetector(oneRingCalls, {
  alarm: [
    {
      name: 'G08: an account leaves fifteen callees after one ring',
      subject: `account:${ALICE}`,
      isSpoofable: false,
      trace: trace => {
        trace.logsIn(CALLER, 'alice')
        for (let n = 0; n < 15; n += 1) rings(trace, CALLER, 3000, n, ALICE)
      },
    },
    {
      name: 'G08: a number behind a trunk does',
      subject: 'trunk:carrier',
      trace: trace => {
        for (let n = 0; n < 15; n += 1)
          rings(trace, TRUNK_IP, 2000, n, '', 'sip:+37127123456@carrier.example')
      },
    },
    {
      name: 'G08: calls that are answered and left in the same second',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(CALLER, 'alice')
        for (let n = 0; n < 15; n += 1)
          trace.talks(CALLER, CALLEE, 1000, { uri: `sip:${2000 + n}@example.test` }, ALICE)
      },
    },
    {
      name: 'G08 evasion: a stranger who writes another From for each call',
      subject: `source:${CALLER}`,
      trace: trace => {
        for (let n = 0; n < 15; n += 1) rings(trace, CALLER, 3000, n, '', `sip:+3712712345${n}@a.example`)
      },
    },
    {
      name: 'G08 evasion: one call a minute, and a few real ones between them',
      subject: `account:${ALICE}`,
      trace: trace => {
        trace.logsIn(CALLER, 'alice')
        for (let n = 0; n < 40; n += 1) {
          rings(trace, CALLER, 2000, n, ALICE)
          if (n % 10 === 0)
            trace.talks(CALLER, CALLEE, 30_000, { uri: `sip:${3000 + n}@example.test` }, ALICE)
          trace.wait(58_000)
        }
      },
    },
  ],
  quiet: [
    {
      name: 'F25: a dialler of a trunk that lets it ring, and of whose calls a third is answered',
      trace: trace => {
        for (let n = 0; n < 120; n += 1)
          if (n % 3 === 0) trace.talks(TRUNK_IP, CALLEE, 40_000, { uri: `sip:${2000 + n}@example.test` })
          else rings(trace, TRUNK_IP, 20_000, n)
      },
    },
    {
      name: 'F25: many callers behind one trunk, each of whom gave up once',
      trace: trace => {
        for (let n = 0; n < 100; n += 1)
          rings(trace, TRUNK_IP, 2000, n, '', `sip:+44207946${1000 + n}@carrier.example`)
      },
    },
    {
      name: 'one who misdials ten times, and one number again and again',
      trace: trace => {
        trace.logsIn(CALLER, 'alice')
        for (let n = 0; n < 10; n += 1) rings(trace, CALLER, 1000, n, ALICE)
        for (let n = 0; n < 50; n += 1) rings(trace, CALLER, 1000, 1, ALICE)
      },
    },
  ],
})
