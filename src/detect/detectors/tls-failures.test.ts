import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { tlsFailures } from './tls-failures.ts'

function refused(trace: Trace, why: string, count: number, everyMs: number): void {
  for (let i = 0; i < count; i += 1) {
    trace.see({ kind: 'connection', ...trace.where('192.0.2.7', 'tls'), change: 'refused', why })
    trace.wait(everyMs)
  }
}

tryDetector(tlsFailures, {
  alarm: [
    {
      name: 'F17: handshakes that are begun and left',
      trace: trace => refused(trace, 'handshake-timeout', 100, 50),
      subject: 'source:192.0.2.7',
      isSpoofable: false,
    },
    {
      name: 'C17: certificates of a wrong authority, one after the other',
      trace: trace => refused(trace, 'handshake-failed', 60, 1000),
      subject: 'source:192.0.2.7',
    },
    {
      name: 'F17: more at a time than there is time for',
      trace: trace => refused(trace, 'too-many-handshakes', 1000, 10),
      subject: 'source:192.0.2.7',
    },
  ],
  quiet: [
    {
      name: 'a phone whose certificate ran out, every half minute',
      trace: trace => refused(trace, 'handshake-failed', 100, 30_000),
    },
    {
      name: 'F23 F24: an office that comes back at once, of which some handshakes make room for others',
      trace: trace => {
        trace.logsIn('192.0.2.7', 'alice')
        refused(trace, 'too-many-handshakes', 1000, 5)
      },
    },
  ],
})
