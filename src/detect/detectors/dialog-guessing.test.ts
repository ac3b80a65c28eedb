import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { dialogGuessing } from './dialog-guessing.ts'

const ALICE = '198.51.100.4'
const BOB = '198.51.100.9'
const THIEF = '192.0.2.7'

function guesses(trace: Trace, count: number, callId: (n: number) => string, pauseMs: number): void {
  for (let i = 0; i < count; i += 1) {
    trace.asks(
      THIEF,
      { method: 'BYE', callId: callId(i), toTag: `guess${i}`, cseq: 2 },
      481,
      'no-such-dialog',
    )
    trace.wait(pauseMs)
  }
}

tryDetector(dialogGuessing, {
  alarm: [
    {
      name: 'tags of a call are guessed (E07)',
      subject: `source:${THIEF}`,
      trace: trace => {
        const invite = trace.call(ALICE, { callId: 'call' })
        trace.responds(BOB, ALICE, invite, 200)
        guesses(trace, 4, () => 'call', 1000)
      },
    },
    {
      name: 'Call-IDs are guessed (E07)',
      subject: `source:${THIEF}`,
      trace: t => guesses(t, 20, n => `guess${n}`, 100),
    },
    {
      name: 'one Call-ID with tag after tag (E07)',
      subject: `source:${THIEF}`,
      trace: t => guesses(t, 80, () => 'guess', 10),
    },
    {
      name: 'branches of CANCEL are guessed (E02, E07)',
      subject: `source:${THIEF}`,
      trace: trace => {
        for (let i = 0; i < 20; i += 1) trace.asks(THIEF, { method: 'CANCEL', callId: `c${i}` }, 481)
      },
    },
    {
      name: 'evasion: one in three minutes (E07)',
      subject: `source:${THIEF}`,
      trace: t => guesses(t, 20, n => `guess${n}`, 180_000),
    },
    {
      name: 'evasion: each guess from another IPv6 /64 of one network (E07)',
      subject: 'prefix:2001:db8:7::/48',
      trace: trace => {
        for (let i = 0; i < 40; i += 1) {
          const ip = `2001:db8:7:${i.toString(16)}::1`
          trace.asks(ip, { method: 'BYE', callId: `guess${i}`, toTag: 't', cseq: 2 }, 481)
        }
      },
    },
  ],
  quiet: [
    {
      name: 'the calls of an office that a restart forgot',
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        guesses(trace, 100, n => `old${n}`, 1000)
      },
    },
    { name: 'a few late requests', trace: t => guesses(t, 8, n => `late${n}`, 60_000) },
  ],
})
