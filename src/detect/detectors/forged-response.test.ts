import { sipResponse, TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { forgedResponse } from './forged-response.ts'

const ALICE = '198.51.100.4'
const BOB = '198.51.100.9'
const THIEF = '192.0.2.7'

const forged =
  (ip: string, status: number) =>
  (trace: Trace): void => {
    const invite = trace.call(ALICE)
    trace.responds(BOB, ALICE, invite, 180)
    trace.observer.response(trace.where(ip), sipResponse(invite, status, 'forged'), true)
  }

tryDetector(forgedResponse, {
  alarm: [
    {
      name: 'a redirect that would steal the call (E06)',
      subject: `source:${THIEF}`,
      isSpoofable: true,
      trace: forged(THIEF, 302),
    },
    { name: 'an answer that would take it (E05)', subject: `source:${THIEF}`, trace: forged(THIEF, 200) },
    { name: 'a refusal that would end it (E05)', subject: `source:${THIEF}`, trace: forged(THIEF, 486) },
  ],
  quiet: [
    { name: 'the callee repeats his answer', trace: forged(BOB, 200) },
    { name: 'a neighbour with several addresses', trace: forged(TRUNK_IP, 200) },
    {
      name: 'answers that come when the call is over',
      trace: trace => {
        const invite = trace.call(ALICE)
        trace.responds(BOB, ALICE, invite, 486)
        for (let i = 0; i < 20; i += 1)
          trace.observer.response(trace.where(BOB), sipResponse(invite, 486), true)
      },
    },
  ],
})
