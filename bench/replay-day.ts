import type { Address } from '../src/base/flow.ts'
import { udpPacket } from '../src/detect/capture/write-packet.ts'

/** The server of the day. */
export const DAY_SERVER: Address = { ip: '192.0.2.2', port: 5060 }

const PHONES = 5000
/** Of ten things that phones do, so many are calls; the others are registrations. */
const CALLS_OF_TEN = 4

/**
 * What a server says and hears on a day without trouble: phones that register, and call one another, with their
 * challenges. Packets in order, as IP.
 * @param count so many at least
 */
export function dayOf(count: number): readonly Buffer[] {
  const packets: Buffer[] = []
  for (let i = 0; packets.length < count; i += 1) {
    const lines = i % 10 < CALLS_OF_TEN ? call(i) : registration(i)
    for (const [from, to, text] of lines) {
      const packet = udpPacket(from, to, Buffer.from(text, 'latin1'))
      if (packet !== undefined) packets.push(packet)
    }
  }
  return packets
}

type Said = readonly [from: Address, to: Address, text: string]

function phone(i: number): Address & { readonly user: string } {
  const number = i % PHONES
  return { ip: `198.51.${number >> 8}.${number & 255}`, port: 5060, user: `u${number}` }
}

function registration(i: number): readonly Said[] {
  const who = phone(i)
  const parts = (cseq: number, more: readonly string[]): readonly string[] => [
    `Via: SIP/2.0/UDP ${who.ip}:5060;branch=z9hG4bK-r${i}-${cseq};rport`,
    `From: <sip:${who.user}@example.test>;tag=r${i}`,
    `To: <sip:${who.user}@example.test>`,
    `Call-ID: r${i}@${who.ip}`,
    `CSeq: ${cseq} REGISTER`,
    ...more,
  ]
  const about = ['Max-Forwards: 70', `Contact: <sip:${who.user}@${who.ip}>`, 'Expires: 3600', AGENT]
  const line = 'REGISTER sip:example.test SIP/2.0'
  const credentials = credentialsOf('Authorization', who.user, `r${i}`, 'sip:example.test')
  return [
    [who, DAY_SERVER, message(line, parts(1, about))],
    [DAY_SERVER, who, message(UNAUTHORIZED, parts(1, [challengeOf('WWW-Authenticate', `r${i}`)]))],
    [who, DAY_SERVER, message(line, parts(2, [...about, credentials]))],
    [DAY_SERVER, who, message(OK, parts(2, [`Contact: <sip:${who.user}@${who.ip}>;expires=3600`]))],
  ]
}

function call(i: number): readonly Said[] {
  const from = phone(i)
  const to = phone(i + 1)
  const uri = `sip:${to.user}@example.test`
  const own = `Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK-s${i}`
  const parts = (method: string, cseq: number, isInDialog: boolean): readonly string[] => [
    `Via: SIP/2.0/UDP ${from.ip}:5060;branch=z9hG4bK-c${i}-${cseq}${method}`,
    `From: <sip:${from.user}@example.test>;tag=f${i}`,
    `To: <${uri}>${isInDialog ? `;tag=t${i}` : ''}`,
    `Call-ID: c${i}@${from.ip}`,
    `CSeq: ${cseq} ${method}`,
  ]
  const about = ['Max-Forwards: 70', `Contact: <sip:${from.user}@${from.ip}>`, AGENT]
  const request = (method: string, cseq: number, isInDialog: boolean, more: readonly string[], body = '') =>
    message(`${method} ${uri} SIP/2.0`, [...parts(method, cseq, isInDialog), ...about, ...more], body)
  const onward = (text: string): string => text.replace('\r\nVia:', `\r\n${own}-${text.slice(0, 3)}\r\nVia:`)
  const credentials = credentialsOf('Proxy-Authorization', from.user, `c${i}`, uri)
  const invite = request('INVITE', 2, false, [credentials, SDP_TYPE], SDP)
  const ack = request('ACK', 2, true, [])
  const bye = request('BYE', 3, true, [])
  const answers = (line: string, method: string, cseq: number, body = ''): readonly Said[] => {
    const lines = parts(method, cseq, true)
    const branch = `${own}-${method.slice(0, 3)}`
    const more = body === '' ? [] : [`Contact: <sip:${to.user}@${to.ip}>`, SDP_TYPE]
    return [
      [to, DAY_SERVER, message(line, [branch, ...lines, ...more], body)],
      [DAY_SERVER, from, message(line, [...lines, ...more], body)],
    ]
  }
  const challenge = challengeOf('Proxy-Authenticate', `c${i}`)
  return [
    [from, DAY_SERVER, request('INVITE', 1, false, [SDP_TYPE], SDP)],
    [DAY_SERVER, from, message(PROXY_UNAUTHORIZED, [...parts('INVITE', 1, true), challenge])],
    [from, DAY_SERVER, request('ACK', 1, true, [])],
    [from, DAY_SERVER, invite],
    [DAY_SERVER, from, message('SIP/2.0 100 Trying', parts('INVITE', 2, false))],
    [DAY_SERVER, to, onward(invite)],
    ...answers('SIP/2.0 180 Ringing', 'INVITE', 2),
    ...answers(OK, 'INVITE', 2, SDP),
    [from, DAY_SERVER, ack],
    [DAY_SERVER, to, onward(ack)],
    [from, DAY_SERVER, bye],
    [DAY_SERVER, to, onward(bye)],
    ...answers(OK, 'BYE', 3),
  ]
}

const OK = 'SIP/2.0 200 OK'
const UNAUTHORIZED = 'SIP/2.0 401 Unauthorized'
const PROXY_UNAUTHORIZED = 'SIP/2.0 407 Proxy Authentication Required'
const AGENT = 'User-Agent: Phone 1.2.3'
const SDP_TYPE = 'Content-Type: application/sdp'
const SDP =
  'v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 49170 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n'

function challengeOf(field: string, id: string): string {
  return `${field}: Digest realm="example.test",nonce="AaIJEDTApgC3ZmSWm6bP${id}",algorithm=SHA-256,qop="auth"`
}

function credentialsOf(field: string, user: string, id: string, uri: string): string {
  const response = 'a'.repeat(64)
  return `${field}: Digest username="${user}",realm="example.test",nonce="AaIJEDTApgC3ZmSWm6bP${id}",uri="${uri}",response="${response}",algorithm=SHA-256,qop=auth,nc=00000001,cnonce="0a4f113b"`
}

function message(line: string, lines: readonly string[], body = ''): string {
  return [line, ...lines, `Content-Length: ${body.length}`, '', body].join('\r\n')
}
