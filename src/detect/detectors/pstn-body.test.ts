import { ALLOWED_IP, TRUNK_IP, type Trace, tryDetector } from '../../../test/support/trace.ts'
import { pstnBody } from './pstn-body.ts'

const STRANGER = '198.51.100.7'

const brings = (trace: Trace, ip: string, type: string, body = 'x', method = 'INVITE') =>
  trace.request(ip, { method, lines: [`Content-Type: ${type}`], body })

const MIXED = 'multipart/mixed;boundary=b'
const parts = (type: string) =>
  `--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: ${type}\r\n\r\n\x01\x00\r\n--b--\r\n`

tryDetector(pstnBody, {
  alarm: [
    {
      name: 'G13: QSIG from a stranger',
      subject: `source:${STRANGER}`,
      isSpoofable: true,
      trace: trace => brings(trace, STRANGER, 'application/QSIG'),
    },
    {
      name: 'G13: ISUP behind the session description',
      subject: `source:${STRANGER}`,
      trace: trace => brings(trace, STRANGER, MIXED, parts('application/ISUP;version=itu-t92+')),
    },
    {
      name: 'G13: in a call, by INFO',
      subject: `source:${STRANGER}`,
      trace: trace => brings(trace, STRANGER, 'application/x-q931', 'x', 'INFO'),
    },
  ],
  quiet: [
    {
      name: 'session descriptions, texts, presence, and several parts of them',
      trace: trace => {
        for (const type of ['application/sdp', 'text/plain', 'application/pidf+xml', 'Application/SDP'])
          brings(trace, STRANGER, type)
        brings(trace, STRANGER, MIXED, parts('application/pidf+xml'))
        trace.request(STRANGER)
      },
    },
    {
      name: 'a gateway that is a neighbour, or allowed',
      trace: trace => {
        brings(trace, TRUNK_IP, 'application/ISUP')
        brings(trace, ALLOWED_IP, 'application/ISUP')
      },
    },
  ],
})
