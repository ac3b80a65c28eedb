import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { destinationFlood } from './destination-flood.ts'

function ring(trace: Trace, count: number, uri: (i: number) => string, ip = (i: number) => address(i)): void {
  for (let i = 0; i < count; i += 1) {
    trace.request(ip(i), { uri: uri(i) })
    trace.wait(10)
  }
}

function address(i: number): string {
  return `198.51.${100 + (i >> 8)}.${i & 255}`
}

tryDetector(destinationFlood, {
  alarm: [
    {
      name: 'F02: 400 strangers call one user within four seconds',
      trace: trace => ring(trace, 400, () => 'sip:victim@example.test'),
      subject: 'destination:victim@example.test',
      isSpoofable: true,
    },
    {
      name: 'evasion: parameters and ports that differ',
      trace: trace => ring(trace, 400, i => `sip:victim@example.test:${5000 + i};x=${i}`),
      subject: 'destination:victim@example.test',
    },
  ],
  quiet: [
    {
      name: 'a flash crowd of own users, all to one number',
      trace: trace => {
        for (let i = 0; i < 400; i += 1) trace.logsIn(address(i), `user${i}`)
        ring(trace, 400, () => 'sip:show@example.test')
      },
    },
    {
      name: 'F25: a trunk that brings 400 calls for one number',
      trace: trace =>
        ring(
          trace,
          400,
          () => 'sip:show@example.test',
          () => TRUNK_IP,
        ),
    },
    { name: 'strangers who call many', trace: trace => ring(trace, 400, i => `sip:user${i}@example.test`) },
  ],
})
