import { TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { halfOpenCalls } from './half-open-calls.ts'

/** A call that is answered, and never acknowledged. */
function halfOpen(trace: Trace, ip: string, account: string): SipRequest {
  const invite = trace.call(ip, {}, account)
  trace.responds('198.51.100.1', ip, invite, 200)
  return invite
}

tryDetector(halfOpenCalls, {
  alarm: [
    {
      name: 'F09: ten answered calls of a stranger without ACK',
      trace: trace => {
        for (let i = 0; i < 10; i += 1) halfOpen(trace, '192.0.2.7', '')
        trace.wait(40_000)
      },
      subject: 'source:192.0.2.7',
      isSpoofable: true,
    },
    {
      name: 'F09: the same with an account, from many addresses',
      trace: trace => {
        for (let i = 0; i < 10; i += 1) halfOpen(trace, `192.0.2.${i}`, 'mallory@example.test')
        trace.wait(40_000)
      },
      subject: 'account:mallory@example.test',
      isSpoofable: false,
    },
    {
      name: 'F09 evasion: the callee gives up just before that is noticed',
      trace: trace => {
        for (let i = 0; i < 10; i += 1) {
          const invite = halfOpen(trace, '192.0.2.7', '')
          const inside = { callId: invite.callId, fromTag: 'callee', toTag: invite.from.tag ?? '' }
          trace.responds(
            '192.0.2.7',
            '198.51.100.1',
            trace.request('198.51.100.1', { method: 'BYE', ...inside }),
            200,
          )
        }
      },
      subject: 'source:192.0.2.7',
    },
    {
      name: 'F09 evasion: good calls between them',
      trace: trace => {
        for (let i = 0; i < 12; i += 1) {
          halfOpen(trace, '192.0.2.7', 'mallory@example.test')
          trace.talks('192.0.2.7', '198.51.100.1', 100, {}, 'mallory@example.test', 100)
        }
        trace.wait(40_000)
      },
      subject: 'account:mallory@example.test',
    },
  ],
  quiet: [
    {
      name: 'a mobile that loses its network twice',
      trace: trace => {
        for (let i = 0; i < 2; i += 1) halfOpen(trace, '192.0.2.7', 'alice@example.test')
        trace.wait(40_000)
      },
    },
    {
      name: 'calls that are acknowledged',
      trace: trace => {
        for (let i = 0; i < 40; i += 1) {
          trace.talks('192.0.2.7', '198.51.100.1', 1000, {}, 'alice@example.test', 100)
        }
      },
    },
    {
      name: 'F25: a trunk of which one call in twenty loses its ACK',
      trace: trace => {
        for (let i = 0; i < 200; i += 1) {
          if (i % 20 === 0) halfOpen(trace, TRUNK_IP, '')
          else trace.talks(TRUNK_IP, '198.51.100.1', 100, {}, '', 100)
        }
        trace.wait(40_000)
      },
    },
  ],
})
