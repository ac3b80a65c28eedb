import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { passwordSpraying } from './password-spraying.ts'

const THIEF = '192.0.2.7'
const WRONG = 'wrong-credentials'

function spray(trace: Trace, count: number, pauseMs: number, ip: (n: number) => string = () => THIEF): void {
  for (let i = 0; i < count; i += 1) {
    trace.logsIn(ip(i), `user${i}`, WRONG)
    trace.wait(pauseMs)
  }
}

tryDetector(passwordSpraying, {
  alarm: [
    {
      name: 'one password for five accounts from one source (C02)',
      subject: `source:${THIEF}`,
      isSpoofable: false,
      trace: trace => spray(trace, 5, 100),
    },
    {
      name: 'evasion: an account in an hour (C02, C04)',
      subject: `source:${THIEF}`,
      trace: trace => spray(trace, 5, 3_600_000),
    },
    {
      name: 'evasion: each account from another address of one network (C02)',
      subject: 'prefix:192.0.2.0/24',
      trace: trace => spray(trace, 14, 60_000, n => `192.0.2.${n + 1}`),
    },
    {
      name: 'evasion: each account from another IPv6 /64 of one network (C02)',
      subject: 'prefix:2001:db8:0::/48',
      trace: trace => spray(trace, 14, 60_000, n => `2001:db8:0:${n.toString(16)}::1`),
    },
    {
      name: 'evasion: from an address where users of ours live, at 25 accounts',
      subject: `source:${THIEF}`,
      trace: trace => {
        trace.logsIn(THIEF, 'mallory')
        spray(trace, 26, 100)
      },
    },
  ],
  quiet: [
    {
      name: 'an office where six of 200 phones have an old password (F24)',
      trace: trace => {
        for (let i = 0; i < 200; i += 1) trace.logsIn(THIEF, `good${i}`)
        for (let round = 0; round < 50; round += 1) spray(trace, 6, 10_000)
      },
    },
    {
      name: 'eight users mistype and are right the next time',
      trace: trace => {
        for (let i = 0; i < 8; i += 1) {
          trace.logsIn(THIEF, `user${i}`, WRONG)
          trace.wait(5000)
          trace.logsIn(THIEF, `user${i}`)
        }
      },
    },
  ],
})
