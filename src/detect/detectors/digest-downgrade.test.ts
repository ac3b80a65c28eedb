import { tryDetector } from '../../../test/support/trace.ts'
import { digestDowngrade } from './digest-downgrade.ts'

const THIEF = '192.0.2.7'

tryDetector(digestDowngrade, {
  alarm: [
    {
      name: 'an account that logged in comes without quality of protection (C08)',
      subject: `source:${THIEF}`,
      trace: trace => {
        trace.logsIn('198.51.100.4', 'alice')
        trace.logsIn(THIEF, 'alice', 'qop-missing')
        trace.wait(5000)
      },
    },
    {
      name: 'another algorithm than was offered, for three accounts (C08)',
      subject: `source:${THIEF}`,
      trace: trace => {
        for (const user of ['alice', 'bob', 'carol']) trace.logsIn(THIEF, user, 'algorithm-not-offered')
        trace.wait(5000)
      },
    },
    {
      name: 'one account that never logged in, again and again in a hurry (C08)',
      subject: `source:${THIEF}`,
      trace: trace => {
        for (let i = 0; i < 30; i += 1) {
          trace.logsIn(THIEF, 'carol', 'qop-missing')
          trace.wait(500)
        }
      },
    },
  ],
  quiet: [
    {
      name: 'an old phone that cannot do better, for ever',
      trace: trace => {
        for (let i = 0; i < 50; i += 1) {
          trace.logsIn(THIEF, 'old', 'qop-missing')
          trace.wait(60_000)
        }
      },
    },
    {
      name: 'phones that try the weak form first, then do as they are asked',
      trace: trace => {
        for (let i = 0; i < 20; i += 1) {
          trace.logsIn(THIEF, `user${i}`, 'algorithm-not-offered')
          trace.logsIn(THIEF, `user${i}`)
        }
        trace.wait(5000)
      },
    },
  ],
})
