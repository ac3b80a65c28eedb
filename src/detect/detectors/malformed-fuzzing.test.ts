import { tryDetector } from '../../../test/support/trace.ts'
import { REFUSALS } from '../../sip/message/refusal.ts'
import { malformedFuzzing } from './malformed-fuzzing.ts'

const THIEF = '192.0.2.7'
const KINDS = Object.keys(REFUSALS)

tryDetector(malformedFuzzing, {
  alarm: [
    {
      name: 'a suite of malformed messages (P01, P02)',
      subject: `source:${THIEF}`,
      isSpoofable: true,
      trace: trace => {
        for (let i = 0; i < 40; i += 1)
          trace.observer.malformed(trace.where(THIEF), `INVITE ${i}`, KINDS[i % KINDS.length] ?? '')
      },
    },
    {
      name: 'over TCP nobody can have forged it (P06)',
      subject: `source:${THIEF}`,
      isSpoofable: false,
      trace: trace => {
        for (const kind of KINDS) trace.observer.malformed(trace.where(THIEF, 'tcp'), 'INVITE', kind)
      },
    },
    {
      name: 'evasion: one in five hours (P01)',
      subject: `source:${THIEF}`,
      trace: trace => {
        for (const kind of KINDS.slice(0, 5)) {
          trace.observer.malformed(trace.where(THIEF), 'INVITE', kind)
          trace.wait(5 * 3_600_000)
        }
      },
    },
  ],
  quiet: [
    {
      name: 'an old phone repeats two faults for ever',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1) {
          trace.observer.malformed(
            trace.where(THIEF),
            `REGISTER ${i}`,
            i % 2 === 0 ? 'bare-line-end' : 'via-malformed',
          )
          trace.wait(60_000)
        }
      },
    },
    {
      name: 'six old phones of an office, each with a fault of its own',
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        for (let i = 0; i < 120; i += 1)
          trace.observer.malformed(trace.where(THIEF), 'REGISTER', KINDS[i % 6] ?? '')
      },
    },
  ],
})
