import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { spoofedDialogRequest } from './spoofed-dialog-request.ts'

const ALICE = '198.51.100.4'
const BOB = '198.51.100.9'
const THIEF = '192.0.2.7'

function answered(trace: Trace, callId = 'call'): SipRequest {
  const invite = trace.call(ALICE, { callId })
  trace.responds(BOB, ALICE, invite, 180)
  trace.wait(2000)
  trace.responds(BOB, ALICE, invite, 200)
  return invite
}

const inside = (invite: SipRequest, method: string) => ({
  ...{ method, uri: invite.requestUri, from: invite.from.uriText, to: invite.to.uriText, cseq: 2 },
  ...{ fromTag: invite.from.tag ?? '', toTag: 'callee', callId: invite.callId },
})

tryDetector(spoofedDialogRequest, {
  alarm: [
    ...['BYE', 'INVITE', 'UPDATE', 'INFO'].map(method => ({
      name: `${method} with the right tags from a stranger (E01, E03)`,
      subject: `source:${THIEF}`,
      isSpoofable: true,
      trace: (trace: Trace) => trace.asks(THIEF, inside(answered(trace), method), 481, 'dialog-not-proven'),
    })),
    {
      name: 'CANCEL from a stranger (E02)',
      subject: `source:${THIEF}`,
      trace: trace => {
        const invite = trace.call(ALICE, { callId: 'call' })
        trace.request(THIEF, { method: 'CANCEL', callId: 'call', fromTag: invite.from.tag ?? '' })
      },
    },
    {
      name: 'ACK from a stranger before the caller sends his (E04)',
      subject: `source:${THIEF}`,
      trace: trace => trace.request(THIEF, { ...inside(answered(trace), 'ACK'), cseq: 1 }),
    },
    {
      name: 'evasion: a source where users of ours live, at the third call (E01)',
      subject: `source:${THIEF}`,
      trace: trace => {
        trace.logsIn(THIEF, 'mallory')
        for (const id of ['a', 'b', 'c']) trace.asks(THIEF, inside(answered(trace, id), 'BYE'), 481)
      },
    },
  ],
  quiet: [
    {
      name: 'calls that both sides end',
      trace: trace => {
        for (let i = 0; i < 20; i += 1) trace.talks(ALICE, BOB, 5000)
        const invite = answered(trace)
        const bye = trace.request(BOB, {
          ...inside(invite, 'BYE'),
          fromTag: 'callee',
          toTag: invite.from.tag ?? '',
        })
        trace.responds(ALICE, BOB, bye, 200)
      },
    },
    {
      name: 'a phone that changed networks in a call, and registered there',
      trace: trace => {
        const invite = answered(trace)
        trace.logsIn('203.0.113.77', 'alice')
        trace.asks('203.0.113.77', inside(invite, 'INVITE'), 407)
      },
    },
  ],
})
