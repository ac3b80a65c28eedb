import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { accountUnderAttack } from './account-under-attack.ts'

const WRONG = 'wrong-credentials'

function from(trace: Trace, sources: number, pauseMs: number, rounds = 1): void {
  for (let i = 0; i < sources * rounds; i += 1) {
    const n = i % sources
    trace.logsIn(`198.18.${n >> 8}.${n & 255}`, 'bob', WRONG)
    trace.wait(pauseMs)
  }
}

tryDetector(accountUnderAttack, {
  alarm: [
    {
      name: 'a thousand sources, one try each (C03)',
      subject: 'account:bob@example.test',
      trace: trace => from(trace, 1000, 50),
    },
    {
      name: 'evasion: ten sources, one try an hour (C03, C04)',
      subject: 'account:bob@example.test',
      trace: trace => from(trace, 10, 3_600_000),
    },
    {
      name: 'evasion: three sources that take turns (C03)',
      subject: 'account:bob@example.test',
      trace: trace => from(trace, 3, 60_000, 6),
    },
    {
      name: 'the owner who logs in meanwhile does not hide it (C03)',
      subject: 'account:bob@example.test',
      trace: trace => {
        from(trace, 4, 1000)
        trace.logsIn('203.0.113.40', 'bob')
        from(trace, 10, 1000)
      },
    },
  ],
  quiet: [
    {
      name: 'the owner mistypes once a day, at home and on the way, for a month',
      trace: trace => {
        for (let day = 0; day < 30; day += 1) {
          trace.logsIn(`198.18.${day % 7}.1`, 'bob', WRONG)
          trace.logsIn(`198.18.${day % 7}.1`, 'bob')
          trace.atMs += 20 * 3_600_000
        }
      },
    },
    {
      name: 'a phone that moves and has an old password at three places',
      trace: trace => from(trace, 3, 60_000, 4),
    },
    {
      name: 'users mistype, each his own account',
      trace: trace => {
        for (let i = 0; i < 300; i += 1) trace.logsIn(`198.18.0.${i & 255}`, `user${i}`, WRONG)
      },
    },
  ],
})
