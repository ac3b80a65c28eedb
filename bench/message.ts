import { checkMessage } from '../src/sip/message/check.ts'
import type { SipMessage, SipRequest } from '../src/sip/message/message.ts'
import { parseMessage } from '../src/sip/message/parse.ts'
import type { ForwardEdits } from '../src/sip/message/write.ts'

/**
 * An INVITE as a phone sends it, filled up with a session description.
 * @param bytes of the whole message
 * @param number makes it differ from others
 * @param moreHeaders header fields of 22 octets each
 */
export function invite(bytes: number, number: number, moreHeaders = 0): Buffer {
  const header = [
    'INVITE sip:bob@example.com SIP/2.0',
    `Via: SIP/2.0/UDP 192.0.2.${number % 250}:5060;branch=z9hG4bK${number.toString(36)}nashds7;rport`,
    'Max-Forwards: 70',
    `From: "Alice" <sip:alice@example.com>;tag=9fxced${number}`,
    'To: "Bob" <sip:bob@example.com>',
    `Call-ID: 3848276298220188511${number}@192.0.2.4`,
    'CSeq: 1 INVITE',
    'Contact: <sip:alice@192.0.2.4:5060;transport=udp>',
    'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY',
    'Supported: replaces, timer, outbound',
    'User-Agent: Bench/1.0',
    'Content-Type: application/sdp',
    ...Array.from({ length: moreHeaders }, (_, n) => `X-Extra-${String(n).padStart(3, '0')}: 1234567`),
  ].join('\r\n')
  const length = bytes - header.length - '\r\nContent-Length: 0000\r\n\r\n'.length
  const body = 'a=rtpmap:0 PCMU/8000\r\n'.repeat(400).slice(0, length)
  return Buffer.from(
    `${header}\r\nContent-Length: ${String(length).padStart(4, '0')}\r\n\r\n${body}`,
    'latin1',
  )
}

/** What forwarding changes. */
export const edits: ForwardEdits = {
  requestUri: 'sip:bob@192.0.2.77:5060;transport=udp',
  via: 'SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bK1a2b3c4d5e6f.0123456789abcdef',
  maxForwards: 69,
  maxBreadth: 60,
  recordRoutes: ['<sip:Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4@192.0.2.100:5060;transport=udp;lr>'],
}

/**
 * Reads and checks a message.
 * @throws Error when it is refused
 */
export function read(text: string): SipMessage {
  const parsed = parseMessage(text, true)
  if (!parsed.ok || checkMessage(parsed.value) !== undefined) throw new Error('the bench message is refused')
  return parsed.value
}

/** A request as it is forwarded: with the stamp of where it came from. */
export function stamped(text: string): SipRequest {
  const message = read(text)
  if (message.kind !== 'request') throw new Error('not a request')
  message.viaStamp = `SIP/2.0/UDP 192.0.2.4:5060;branch=${message.topVia.branch};received=198.51.100.7;rport=5060`
  return message
}
