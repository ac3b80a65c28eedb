import { sipRequest, sipResponse, TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { fruitlessSource } from './fruitless-source.ts'

const STRANGER = '192.0.2.7'

function asking(
  trace: Trace,
  method: string,
  count: number,
  everyMs: number,
  status: number,
  ip = STRANGER,
): void {
  for (let i = 0; i < count; i += 1) {
    trace.asks(ip, { method, uri: `sip:${i}@example.test` }, status)
    trace.wait(everyMs)
  }
}

tryDetector(fruitlessSource, {
  alarm: [
    {
      name: 'F03 F01 evasion: a flood slowed down to one in five seconds',
      trace: trace => asking(trace, 'INVITE', 200, 5000, 407),
      subject: `source:${STRANGER}`,
      isSpoofable: true,
    },
    {
      name: 'F04 evasion: OPTIONS that are answered, one in five seconds',
      trace: trace => asking(trace, 'OPTIONS', 2000, 5000, 200),
      subject: `source:${STRANGER}`,
    },
    {
      name: 'F05 evasion: a stray response in five seconds',
      trace: trace => {
        const response = sipResponse(sipRequest(), 200)
        for (let i = 0; i < 200; i += 1) {
          trace.observer.response(trace.where(STRANGER), response, true)
          trace.wait(5000)
        }
      },
      subject: `source:${STRANGER}`,
    },
    {
      name: 'F06 evasion: an ACK to nothing in five seconds',
      trace: trace => {
        for (let i = 0; i < 200; i += 1) {
          const ack = trace.request(STRANGER, { method: 'ACK', toTag: `t${i}` })
          trace.observer.drop(trace.where(STRANGER), ack, 'ack-of-nothing')
          trace.wait(5000)
        }
      },
      subject: `source:${STRANGER}`,
    },
  ],
  quiet: [
    {
      name: 'monitoring that asks each half minute, for a day',
      trace: trace => asking(trace, 'OPTIONS', 2880, 30_000, 200),
    },
    {
      name: 'a phone that registers, for a day',
      trace: trace => {
        for (let i = 0; i < 500; i += 1) {
          trace.asks(STRANGER, { method: 'REGISTER' }, 401)
          trace.logsIn(STRANGER, 'alice')
          trace.wait(170_000)
        }
      },
    },
    {
      name: 'a phone whose password is wrong: others count that',
      trace: trace => {
        for (let i = 0; i < 500; i += 1) {
          trace.asks(STRANGER, { method: 'REGISTER' }, 401)
          trace.logsIn(STRANGER, 'alice', 'wrong-credentials')
          trace.wait(30_000)
        }
      },
    },
    {
      name: 'F25: a trunk whose numbers are not there',
      trace: trace => asking(trace, 'INVITE', 500, 1000, 404, TRUNK_IP),
    },
    {
      name: 'a stranger whose calls are taken',
      trace: trace => {
        for (let i = 0; i < 400; i += 1) {
          trace.responds('198.51.100.1', STRANGER, trace.call(STRANGER), 486)
          trace.wait(10_000)
        }
      },
    },
  ],
})
