import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { accountFlood } from './account-flood.ts'

const INSIDER = 'insider@example.test'

function dial(trace: Trace, perSecond: number, seconds: number, account: string, sources = 1): void {
  for (let i = 0; i < perSecond * seconds; i += 1) {
    trace.call(`192.0.2.${1 + (i % sources)}`, {}, account)
    trace.wait(1000 / perSecond)
  }
}

tryDetector(accountFlood, {
  alarm: [
    {
      name: 'F07 S11: 500 calls a second with good credentials, within 200 ms',
      trace: trace => dial(trace, 500, 0.2, INSIDER),
      subject: `account:${INSIDER}`,
      isSpoofable: false,
    },
    {
      name: 'evasion: the same account from 200 addresses',
      trace: trace => dial(trace, 500, 1, INSIDER, 200),
      subject: `account:${INSIDER}`,
    },
    {
      name: 'F07: registrations without end',
      trace: trace => {
        for (let i = 0; i < 2000; i += 1) {
          trace.logsIn('192.0.2.7', 'insider')
          trace.wait(5)
        }
      },
      subject: `account:${INSIDER}`,
    },
  ],
  quiet: [
    {
      name: 'a call centre with one account, 10 calls a second',
      trace: trace => dial(trace, 10, 60, INSIDER),
    },
    {
      name: 'F25: a trunk that dials 50 numbers a second',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1) {
          trace.call(TRUNK_IP)
          trace.wait(20)
        }
      },
    },
    {
      name: 'F24: an office of 1,000 phones that log in at once',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1) trace.logsIn('192.0.2.7', `phone${i}`)
      },
    },
  ],
})
