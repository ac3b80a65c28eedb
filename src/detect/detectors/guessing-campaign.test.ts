import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { guessingCampaign } from './guessing-campaign.ts'

function from(trace: Trace, sources: number, pauseMs: number, account: (n: number) => string): void {
  for (let n = 0; n < sources; n += 1) {
    trace.logsIn(`198.${18 + (n % 2)}.${n >> 8}.${n & 255}`, account(n), 'wrong-credentials')
    trace.wait(pauseMs)
  }
  trace.wait(140_000)
}

tryDetector(guessingCampaign, {
  alarm: [
    {
      name: 'fifty sources try fifty accounts, once each (C02, C03, G05)',
      subject: 'server:',
      trace: trace => from(trace, 50, 100, n => `user${n}`),
    },
    {
      name: 'evasion: one a minute',
      subject: 'server:',
      trace: trace => from(trace, 60, 45_000, n => `user${n}`),
    },
  ],
  quiet: [
    {
      name: 'fifty users of ours mistype where they are at home',
      trace: trace => {
        for (let n = 0; n < 50; n += 1) trace.logsIn(`198.18.0.${n}`, `user${n}`)
        trace.wait(60_000)
        for (let n = 0; n < 50; n += 1) trace.logsIn(`198.18.0.${n}`, `user${n}`, 'wrong-credentials')
      },
    },
    {
      name: 'new passwords for three hundred users, who mistype and are right a minute later',
      trace: trace => {
        for (let n = 0; n < 300; n += 1) {
          const ip = `198.18.${n >> 8}.${n & 255}`
          trace.logsIn(ip, `user${n}`, 'wrong-credentials')
          trace.wait(8000)
          if (n >= 7) trace.logsIn(`198.18.${(n - 7) >> 8}.${(n - 7) & 255}`, `user${n - 7}`)
        }
      },
    },
    { name: 'a few strangers an hour', trace: trace => from(trace, 40, 300_000, n => `user${n}`) },
    { name: 'many sources, one account: told elsewhere', trace: trace => from(trace, 60, 100, () => 'bob') },
  ],
})
