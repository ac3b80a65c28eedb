import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { retransmissionStorm } from './retransmission-storm.ts'

function repeat(trace: Trace, ip: string, count: number, everyMs: number): void {
  const request = trace.request(ip, { method: 'REGISTER' })
  for (let i = 0; i < count; i += 1) {
    trace.request(ip, request)
    trace.wait(everyMs)
  }
}

tryDetector(retransmissionStorm, {
  alarm: [
    {
      name: 'E11: a recorded request played in a loop',
      trace: trace => repeat(trace, '192.0.2.7', 200, 5),
      subject: 'source:192.0.2.7',
      isSpoofable: true,
    },
  ],
  quiet: [
    {
      name: 'phones that repeat their requests as the RFC says, one after the other',
      trace: trace => {
        for (let i = 0; i < 50; i += 1) repeat(trace, '192.0.2.7', 10, 3000)
      },
    },
    {
      name: 'F24: an office whose phones send requests of the same length',
      trace: trace => {
        for (let i = 0; i < 1000; i += 1) {
          const number = String(1000 + i)
          const own = {
            callId: `call-of-${number}`,
            fromTag: `tag-${number}`,
            from: `sip:${number}@example.test`,
          }
          trace.request('192.0.2.7', { method: 'REGISTER', ...own })
          trace.wait(1)
        }
      },
    },
    { name: 'F25: pings of a trunk', trace: trace => repeat(trace, TRUNK_IP, 30, 1000) },
  ],
})
