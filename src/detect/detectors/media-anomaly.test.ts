import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import type { Call, MediaSeen } from '../sighting.ts'
import { mediaAnomaly } from './media-anomaly.ts'

const CALLER = '198.51.100.7'

function shows(trace: Trace, what: MediaSeen['what'], callId: string): void {
  const call: Call = {
    ...{ callId, from: 'alice@example.test', account: '', callerIp: CALLER, callerTrunk: '' },
    ...{ destination: 'bob', destinationHost: 'example.test', toClass: '', beganMs: 0, answeredMs: 1 },
    ...{ endedMs: 0, status: 200, endedBy: 'nobody', isAcknowledged: true },
  }
  trace.see({ kind: 'media', ...trace.where(CALLER), call, what })
}

tryDetector(mediaAnomaly, {
  alarm: [
    {
      name: 'E15: a call that is answered without media',
      subject: 'call:c1',
      trace: trace => shows(trace, 'missing', 'c1'),
    },
    {
      name: 'E15: three of one caller',
      subject: `source:${CALLER}`,
      isSpoofable: true,
      trace: trace => {
        for (const callId of ['c1', 'c2', 'c3']) shows(trace, 'missing', callId)
      },
    },
    {
      name: 'E01 E15: media after the BYE',
      subject: 'call:c1',
      trace: trace => shows(trace, 'after-end', 'c1'),
    },
    { name: 'E03: media to elsewhere', subject: 'call:c1', trace: trace => shows(trace, 'elsewhere', 'c1') },
  ],
  quiet: [
    {
      name: 'calls whose media nobody has anything against',
      trace: trace => {
        for (let n = 0; n < 20; n += 1) trace.talks(CALLER, '192.0.2.9', 10_000)
      },
    },
  ],
})
