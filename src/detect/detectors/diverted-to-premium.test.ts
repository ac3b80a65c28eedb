import { readResponse, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { divertedToPremium } from './diverted-to-premium.ts'

const CALLER = '192.0.2.1'
const CALLEE = '198.51.100.7'

/** The callee's phone says where it moved. */
function moves(trace: Trace, contact: string, isStray = false, transport: 'udp' | 'tcp' = 'udp'): void {
  const invite = trace.call(CALLER)
  const response = readResponse(
    [
      'SIP/2.0 302 Moved Temporarily',
      `Via: ${invite.vias[0]}`,
      `From: ${invite.from.text}`,
      `To: ${invite.to.text};tag=callee`,
      `Call-ID: ${invite.callId}`,
      'CSeq: 1 INVITE',
      `Contact: <sip:bob@192.0.2.7>, <${contact}>`,
      'Content-Length: 0',
      '\r\n',
    ].join('\r\n'),
  )
  trace.observer.response(trace.where(CALLEE, transport), response, isStray)
}

tryDetector(divertedToPremium, {
  alarm: [
    {
      name: 'G11 E06: the phone of a callee diverts to a premium number',
      subject: 'account:bob@example.test',
      isSpoofable: true,
      trace: trace => moves(trace, 'sip:+19005550100@gw.test'),
    },
    {
      name: 'S5: To is what a caller wrote, so an accomplice over TCP proves nothing about its account',
      subject: 'account:bob@example.test',
      isSpoofable: true,
      trace: trace => moves(trace, 'sip:+19005550100@gw.test', false, 'tcp'),
    },
    {
      name: 'G11: as a telephone number',
      subject: 'account:bob@example.test',
      trace: trace => moves(trace, 'tel:+881612345678'),
    },
  ],
  quiet: [
    { name: 'a diversion to a colleague', trace: trace => moves(trace, 'sip:carol@example.test') },
    { name: 'a diversion to a number abroad', trace: trace => moves(trace, 'sip:+4930123456@gw.test') },
    { name: 'a response that nobody waits for', trace: trace => moves(trace, 'tel:+881612345678', true) },
  ],
})
