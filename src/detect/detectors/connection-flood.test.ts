import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { connectionFlood } from './connection-flood.ts'

type Change = 'opened' | 'closed' | 'refused'

function connections(
  trace: Trace,
  change: Change,
  why: string,
  count: number,
  ip: (i: number) => string,
): void {
  for (let i = 0; i < count; i += 1) {
    trace.see({ kind: 'connection', ...trace.where(ip(i), 'tcp'), change, why })
    trace.wait(5)
  }
}

const ONE = (): string => '192.0.2.7'

tryDetector(connectionFlood, {
  alarm: [
    {
      name: 'F15: connections that are opened without end',
      trace: trace => connections(trace, 'opened', '', 1500, ONE),
      subject: 'source:192.0.2.7',
      isSpoofable: false,
    },
    {
      name: 'F15 F17: a source beyond its places',
      trace: trace => connections(trace, 'refused', 'too-many-from-source', 100, ONE),
      subject: 'source:192.0.2.7',
    },
    {
      name: 'F19: all places are taken, by many',
      trace: trace => connections(trace, 'refused', 'too-many-connections', 200, i => `10.0.${i}.1`),
      subject: 'server:',
    },
  ],
  quiet: [
    {
      name: 'F24: an office of 300 phones whose line was cut, twice',
      trace: trace => {
        for (let round = 0; round < 2; round += 1) {
          connections(trace, 'opened', '', 300, ONE)
          connections(trace, 'closed', 'peer-reset', 300, ONE)
        }
      },
    },
    {
      name: 'F23: 5,000 phones, a connection each',
      trace: trace => connections(trace, 'opened', '', 5000, i => `10.${i >> 8}.${i & 255}.1`),
    },
  ],
})
