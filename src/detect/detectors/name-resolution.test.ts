import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import type { NameResolved } from '../sighting.ts'
import { nameResolution } from './name-resolution.ts'

const shows = (trace: Trace, what: NameResolved['what'], name = 'carrier.test') =>
  trace.see({ kind: 'naming', ...trace.where('0.0.0.0'), name, what, detail: '' })

tryDetector(nameResolution, {
  alarm: [
    {
      name: 'H01: somebody guesses answers',
      subject: 'domain:carrier.test',
      trace: trace => {
        for (let n = 0; n < 3; n += 1) shows(trace, 'answer-mismatched')
      },
    },
    {
      name: 'H02: the secure records are gone',
      subject: 'domain:carrier.test',
      trace: trace => shows(trace, 'secure-records-vanished'),
    },
    {
      name: 'H03: names that lead in circles',
      subject: 'domain:carrier.test',
      trace: trace => {
        for (let n = 0; n < 3; n += 1) shows(trace, 'limit-reached')
      },
    },
  ],
  quiet: [
    {
      name: 'two late answers, and a server that is down for a while',
      trace: trace => {
        for (let n = 0; n < 60; n += 1) {
          if (n % 10 === 0) shows(trace, 'answer-mismatched')
          if (n % 20 === 0) shows(trace, 'answer-mismatched')
          for (let i = 0; i < 5; i += 1) shows(trace, 'no-answer', `host${i}.test`)
          trace.wait(10_000)
        }
      },
    },
  ],
})
