import { sipRequest, sipResponse, TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { strayResponses } from './stray-responses.ts'

function stray(trace: Trace, count: number, ip: (i: number) => string, everyMs = 1, status = 200): void {
  const response = sipResponse(sipRequest(), status)
  for (let i = 0; i < count; i += 1) {
    trace.observer.response(trace.where(ip(i)), response, true)
    trace.wait(everyMs)
  }
}

tryDetector(strayResponses, {
  alarm: [
    {
      name: 'F05: a source that answers what nobody asked',
      trace: trace => stray(trace, 300, () => '192.0.2.7'),
      subject: 'source:192.0.2.7',
      isSpoofable: true,
    },
    {
      name: 'F05: 5,000 sources, one response each',
      trace: trace => stray(trace, 5000, i => `10.${i >> 8}.${i & 255}.1`),
      subject: 'server:',
    },
  ],
  quiet: [
    {
      name: 'a phone that repeats its 200 until it is acknowledged, after a restart',
      trace: trace => stray(trace, 44, () => '192.0.2.7', 1000),
    },
    { name: 'F25: late answers of a busy trunk', trace: trace => stray(trace, 2000, () => TRUNK_IP, 5) },
    {
      name: 'responses that are waited for',
      trace: trace => {
        for (let i = 0; i < 500; i += 1) {
          trace.responds('198.51.100.1', '192.0.2.7', trace.call('192.0.2.7'), 200)
        }
      },
    },
  ],
})
