import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { ringingCalls } from './ringing-calls.ts'

function begin(trace: Trace, count: number, account: (i: number) => string, ip = '192.0.2.7'): void {
  for (let i = 0; i < count; i += 1) {
    trace.responds('198.51.100.1', ip, trace.call(ip, {}, account(i)), 180)
    trace.wait(20)
  }
}

tryDetector(ringingCalls, {
  alarm: [
    {
      name: 'F10: an account leaves calls ringing',
      trace: trace => begin(trace, 200, () => 'mallory@example.test'),
      subject: 'account:mallory@example.test',
      isSpoofable: false,
    },
    {
      name: 'F10: a stranger does',
      trace: trace => begin(trace, 60, () => ''),
      subject: 'source:192.0.2.7',
      isSpoofable: true,
    },
    {
      name: 'F10 evasion: a few at a time, each as long as may be',
      trace: trace => {
        for (let i = 0; i < 12; i += 1) {
          const invite = trace.call('192.0.2.7', {}, 'mallory@example.test')
          trace.wait(170_000)
          trace.responds('198.51.100.1', '192.0.2.7', invite, 487)
        }
      },
      subject: 'account:mallory@example.test',
    },
  ],
  quiet: [
    {
      name: 'calls that nobody answers, given up after 45 seconds',
      trace: trace => {
        for (let i = 0; i < 100; i += 1) {
          const invite = trace.call('192.0.2.7', {}, 'alice@example.test')
          trace.wait(45_000)
          trace.responds('198.51.100.1', '192.0.2.7', invite, 487)
        }
      },
    },
    {
      name: 'F24: an office of 300 phones that all ring somebody',
      trace: trace => begin(trace, 300, i => `phone${i}@example.test`),
    },
    {
      name: 'F25: a trunk with 500 calls that ring',
      trace: trace => begin(trace, 500, () => '', TRUNK_IP),
    },
    {
      name: 'an account whose calls are answered, refused or given up, one after the other',
      trace: trace => {
        for (let i = 0; i < 900; i += 1) {
          const invite = trace.call('192.0.2.7', {}, 'alice@example.test')
          trace.responds('198.51.100.1', '192.0.2.7', invite, [200, 486, 487][i % 3] ?? 486)
          trace.wait(100)
        }
      },
    },
  ],
})
