import { tryDetector } from '../../../test/support/trace.ts'
import { routingLoop } from './routing-loop.ts'

const SOURCE = '198.51.100.7'

tryDetector(routingLoop, {
  alarm: [
    {
      name: 'E14 F11: one call loops on four branches',
      subject: 'call:one',
      isSpoofable: true,
      trace: trace => {
        for (let n = 0; n < 4; n += 1) trace.asks('203.0.113.5', { callId: 'one' }, n % 2 === 0 ? 482 : 483)
      },
    },
    {
      name: 'E14: a source whose requests have no hops left, two an hour',
      subject: `source:${SOURCE}`,
      trace: trace => {
        for (let n = 0; n < 20; n += 1) {
          trace.asks(SOURCE, { method: 'OPTIONS' }, 483)
          trace.atMs += 1_800_000
        }
      },
    },
    {
      name: 'F11: breadth is exceeded on every branch',
      subject: 'call:one',
      trace: trace => {
        for (let n = 0; n < 4; n += 1) trace.asks(SOURCE, { callId: 'one' }, 440)
      },
    },
  ],
  quiet: [
    {
      name: 'a merged request that came by two ways, and a trace of the route by hops',
      trace: trace => {
        trace.asks(SOURCE, { callId: 'one' }, 482)
        trace.asks(SOURCE, { callId: 'one' }, 482)
        for (let n = 0; n < 8; n += 1) trace.asks(SOURCE, { method: 'OPTIONS' }, 483)
      },
    },
    {
      name: 'calls that are answered, busy or refused',
      trace: trace => {
        for (const status of [200, 404, 480, 486, 487, 603]) trace.asks(SOURCE, { callId: 'one' }, status)
      },
    },
  ],
})
