import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { slowConnections } from './slow-connections.ts'

function closed(trace: Trace, why: string, count: number, everyMs: number, ip = '192.0.2.7'): void {
  for (let i = 0; i < count; i += 1) {
    trace.see({ kind: 'connection', ...trace.where(ip, 'tcp'), change: 'closed', why })
    trace.wait(everyMs)
  }
}

tryDetector(slowConnections, {
  alarm: [
    {
      name: 'F16: messages that do not end',
      trace: trace => closed(trace, 'slow-message', 30, 100),
      subject: 'source:192.0.2.7',
      isSpoofable: false,
    },
    {
      name: 'F16: connections that say nothing, one every four seconds',
      trace: trace => closed(trace, 'no-first-message', 60, 4000),
      subject: 'source:192.0.2.7',
    },
    {
      name: 'F18: a reader that never reads',
      trace: trace => closed(trace, 'slow-reader', 20, 1000),
      subject: 'source:192.0.2.7',
    },
  ],
  quiet: [
    { name: 'a mobile that loses its network', trace: trace => closed(trace, 'pong-missing', 12, 60_000) },
    {
      name: 'F24: an office on a bad line',
      trace: trace => {
        trace.logsIn('192.0.2.7', 'alice')
        closed(trace, 'slow-reader', 100, 500)
      },
    },
    { name: 'connections that end as they should', trace: trace => closed(trace, 'peer-closed', 500, 100) },
    {
      name: 'a load balancer in the allow list',
      trace: trace => closed(trace, 'no-first-message', 500, 100, '203.0.113.9'),
    },
  ],
})
