import { type Trace, tryDetector } from '../../../test/support/trace.ts'
import { hostileSdp } from './hostile-sdp.ts'

const THIEF = '192.0.2.7'
const SUBJECT = `source:${THIEF}`

const offers =
  (connection: string, ...media: string[]) =>
  (trace: Trace): void => {
    const body = ['v=0', 'o=- 1 1 IN IP4 192.0.2.7', 's=-', `c=${connection}`, 't=0 0', ...media, ''].join(
      '\r\n',
    )
    trace.request(THIEF, { lines: ['Content-Type: application/sdp'], body })
  }

tryDetector(hostileSdp, {
  alarm: [
    {
      name: 'evasion: an empty line before the description (P13)',
      subject: SUBJECT,
      trace: trace => {
        const body = '\r\nv=0\r\nc=IN IP4 239.1.1.1\r\nm=audio 4000 RTP/AVP 0\r\n'
        trace.request(THIEF, { lines: ['Content-Type: application/sdp'], body })
      },
    },
    {
      name: 'media to everybody (P13)',
      subject: SUBJECT,
      trace: offers('IN IP4 255.255.255.255', 'm=audio 4000 RTP/AVP 0'),
    },
    {
      name: 'media to a group (P13)',
      subject: SUBJECT,
      trace: offers('IN IP4 239.1.1.1/127', 'm=audio 4000 RTP/AVP 0'),
    },
    {
      name: 'media to the host itself (P13)',
      subject: SUBJECT,
      trace: offers('IN IP4 127.0.0.1', 'm=audio 4000 RTP/AVP 0'),
    },
    {
      name: 'media to an IPv6 group (P13)',
      subject: SUBJECT,
      trace: offers('IN IP6 ff02::1', 'm=audio 4000 RTP/AVP 0'),
    },
    {
      name: 'a port beyond the last (P13)',
      subject: SUBJECT,
      trace: offers('IN IP4 192.0.2.7', 'm=audio 65536 RTP/AVP 0'),
    },
    {
      name: 'a port of 32 bits (P13)',
      subject: SUBJECT,
      trace: offers('IN IP4 192.0.2.7', 'm=audio 4294967296 RTP/AVP 0'),
    },
    {
      name: 'media to DNS (P13)',
      subject: SUBJECT,
      trace: offers('IN IP4 192.0.2.7', 'm=audio 53 RTP/AVP 0'),
    },
    {
      name: 'five thousand streams (P07)',
      subject: SUBJECT,
      trace: offers('IN IP4 192.0.2.7', ...Array.from({ length: 500 }, () => 'm=audio 4000 RTP/AVP 0')),
    },
    {
      name: 'a format name that runs over (P07)',
      subject: SUBJECT,
      trace: offers('IN IP4 192.0.2.7', 'm=audio 4000 RTP/AVP 0', `a=rtpmap:0 ${'P'.repeat(5000)}/8000`),
    },
  ],
  quiet: [
    {
      name: 'a softphone of a user that lost its network and names loopback',
      trace: trace => {
        trace.logsIn(THIEF, 'alice')
        offers('IN IP4 127.0.0.1', 'm=audio 49170 RTP/AVP 0')(trace)
      },
    },
    { name: 'a phone behind NAT', trace: offers('IN IP4 192.168.1.20', 'm=audio 49170 RTP/AVP 0 8 101') },
    { name: 'a call on hold', trace: offers('IN IP4 0.0.0.0', 'm=audio 49170 RTP/AVP 0') },
    {
      name: 'a stream that is refused',
      trace: offers('IN IP4 192.0.2.7', 'm=audio 49170 RTP/AVP 0', 'm=video 0 RTP/AVP 96'),
    },
    {
      name: 'a browser with many candidates',
      trace: offers(
        'IN IP4 192.0.2.7',
        'm=audio 9 UDP/TLS/RTP/SAVPF 111',
        ...Array.from(
          { length: 30 },
          (_, i) => `a=candidate:${i} 1 udp 2113937151 192.0.2.7 ${50_000 + i} typ host`,
        ),
      ),
    },
    {
      name: 'a message that is no description',
      trace: trace =>
        trace.request(THIEF, {
          method: 'MESSAGE',
          lines: ['Content-Type: text/plain'],
          body: 'c=IN IP4 127.0.0.1\r\nm=audio 1 x',
        }),
    },
  ],
})
