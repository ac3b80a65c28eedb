import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { strayRequests } from './stray-requests.ts'

function stray(trace: Trace, method: string, count: number, ip: (i: number) => string, everyMs = 1): void {
  for (let i = 0; i < count; i += 1) {
    const request = trace.request(ip(i), { method, ...(method === 'CANCEL' ? {} : { toTag: `t${i}` }) })
    if (method === 'ACK') trace.observer.drop(trace.where(ip(i)), request, 'ack-of-nothing')
    else trace.answer(ip(i), request, 481)
    trace.wait(everyMs)
  }
}

const ONE = (): string => '192.0.2.7'

tryDetector(strayRequests, {
  alarm: [
    { name: 'F06: BYE', trace: trace => stray(trace, 'BYE', 200, ONE), subject: 'source:192.0.2.7' },
    { name: 'F06: ACK', trace: trace => stray(trace, 'ACK', 200, ONE), subject: 'source:192.0.2.7' },
    {
      name: 'F06: CANCEL',
      trace: trace => stray(trace, 'CANCEL', 200, ONE),
      subject: 'source:192.0.2.7',
      isSpoofable: true,
    },
    {
      name: 'F06: BYE of 3,000 sources',
      trace: trace => stray(trace, 'BYE', 3000, i => `10.${i >> 8}.${i & 255}.1`),
      subject: 'server:',
    },
  ],
  quiet: [
    { name: 'after a restart a phone ends its call', trace: trace => stray(trace, 'BYE', 12, ONE, 500) },
    {
      name: 'F25: after a restart a trunk ends its 1,000 calls',
      trace: trace => stray(trace, 'BYE', 1000, () => TRUNK_IP, 50),
    },
    {
      name: 'calls with their own BYE',
      trace: trace => {
        for (let i = 0; i < 100; i += 1) trace.talks('192.0.2.7', '198.51.100.1', 100, {}, '', 100)
      },
    },
  ],
})
