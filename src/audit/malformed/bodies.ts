import { withBody } from './edit.ts'
import { calls, type Vector } from './vector.ts'

const session = (change: (lines: readonly string[]) => readonly string[]) => (text: string) =>
  withBody(text, change(bodyOf(text).split('\r\n')).join('\r\n'), 'application/sdp')

const replacing = (letter: string, line: string) =>
  session(lines => lines.map(each => (each.startsWith(`${letter}=`) ? line : each)))

/** Session descriptions that lead media where no telephone is: to everybody, to groups, to ports that are none. */
export const strayMedia: readonly Vector[] = calls({
  'media to the broadcast address': replacing('c', 'c=IN IP4 255.255.255.255'),
  'media to a multicast group': replacing('c', 'c=IN IP4 239.1.2.3/127'),
  'media to all hosts of the link': replacing('c', 'c=IN IP4 224.0.0.1'),
  'media to a multicast group of IPv6': replacing('c', 'c=IN IP6 ff02::1'),
  'one stream of two to a multicast group': session(lines => [
    ...lines.slice(0, -1),
    'm=audio 40002 RTP/AVP 0',
    'c=IN IP4 232.1.2.3',
    '',
  ]),
  'media to port 65536': replacing('m', 'm=audio 65536 RTP/AVP 0'),
  'media to port -1': replacing('m', 'm=audio -1 RTP/AVP 0'),
  'media to a port of twenty digits': replacing('m', 'm=audio 99999999999999999999 RTP/AVP 0'),
})

/** Bodies that cost their reader more than their sender. */
export const endlessBodies: readonly Vector[] = calls({
  '2,000 streams in one session description': session(lines => [
    ...lines.slice(0, -1),
    ...Array.from({ length: 2_000 }, () => 'm=audio 9 RTP/AVP 0'),
    '',
  ]),
  'a format name of 30,000 octets': replacing('a', `a=rtpmap:0 ${'x'.repeat(30_000)}/8000`),
  'a session name of 30,000 octets': replacing('s', `s=${'x'.repeat(30_000)}`),
  'fifty bodies in each other': text => withBody(text, nested(50), 'multipart/mixed;boundary=b50'),
  'a thousand bodies beside each other': text =>
    withBody(
      text,
      `${'--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(1_000)}--b--\r\n`,
      'multipart/mixed;boundary=b',
    ),
})

function nested(depth: number): string {
  if (depth === 0) return 'x'
  const type = depth === 1 ? 'text/plain' : `multipart/mixed;boundary=b${depth - 1}`
  return `--b${depth}\r\nContent-Type: ${type}\r\n\r\n${nested(depth - 1)}\r\n--b${depth}--\r\n`
}

function bodyOf(text: string): string {
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}
