import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { alteredInTransit } from './altered-in-transit.ts'

const CARRIER = '198.51.100.7'

function judges(trace: Trace, why: string, callId?: string): void {
  const request = trace.request(CARRIER, callId === undefined ? {} : { callId })
  trace.see({
    ...{ kind: 'identity', ...trace.where(CARRIER), request, isValid: why === 'valid', why },
    ...{ claimed: '', authority: 'cert.test' },
  })
}

tryDetector(alteredInTransit, {
  alarm: [
    {
      name: 'E12: From, To and media keys are not what was signed',
      subject: `source:${CARRIER}`,
      isSpoofable: true,
      trace: trace => {
        judges(trace, 'orig-differs')
        judges(trace, 'dest-differs')
        judges(trace, 'mky-differs')
      },
    },
  ],
  quiet: [
    {
      name: 'E12: one call, repeated',
      trace: trace => {
        for (let n = 0; n < 5; n += 1) judges(trace, 'dest-differs', 'one')
      },
    },
    {
      name: 'signatures that hold, and those that are wrong for other reasons',
      trace: trace => {
        for (let n = 0; n < 20; n += 1) {
          judges(trace, 'valid')
          judges(trace, 'signature-wrong')
        }
      },
    },
  ],
})
