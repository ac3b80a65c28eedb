import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { websocketAbuse } from './websocket-abuse.ts'

function broken(
  trace: Trace,
  change: 'closed' | 'refused',
  why: string,
  count: number,
  everyMs: number,
): void {
  for (let i = 0; i < count; i += 1) {
    trace.see({ kind: 'connection', ...trace.where('192.0.2.7', 'wss'), change, why })
    trace.wait(everyMs)
  }
}

tryDetector(websocketAbuse, {
  alarm: [
    {
      name: 'P15: unmasked frames, giant lengths, a flood of fragments',
      trace: trace => broken(trace, 'closed', 'websocket-error', 8, 1000),
      subject: 'source:192.0.2.7',
      isSpoofable: false,
    },
    {
      name: 'P15: a web scanner',
      trace: trace => broken(trace, 'refused', 'websocket-not-an-upgrade', 30, 200),
      subject: 'source:192.0.2.7',
    },
  ],
  quiet: [
    {
      name: 'somebody who opens the address in a browser now and then',
      trace: trace => broken(trace, 'refused', 'websocket-not-an-upgrade', 40, 30_000),
    },
    {
      name: 'connections that end as they should',
      trace: trace => broken(trace, 'closed', 'peer-closed', 300, 100),
    },
  ],
})
