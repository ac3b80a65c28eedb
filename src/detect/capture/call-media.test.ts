import assert from 'node:assert/strict'
import { test } from 'node:test'
import { datagram, pcapngFile } from '../../../test/support/packets.ts'
import type { Address } from '../../base/flow.ts'
import { DETECTORS } from '../detectors.ts'
import { Replay } from './replay.ts'
import { placesOf } from './sdp-places.ts'

const SERVER = { ip: '192.0.2.2', port: 5060 }
const CALLER = { ip: '192.0.2.1', port: 5060 }
const CALLEE = { ip: '192.0.2.9', port: 5060 }
const BEGAN_MS = Date.UTC(2026, 0, 1)

/** A capture of calls over the server, with media or without. */
class Talk {
  readonly #packets: { wallMs: number; octets: Buffer }[] = []
  #nowMs = BEGAN_MS

  pass(ms: number): void {
    this.#nowMs += ms
  }

  say(from: Address, to: Address, text: string): void {
    this.#nowMs += 1
    this.#packets.push({ wallMs: this.#nowMs, octets: datagram(from, to, text) })
  }

  rtp(from: Address, to: Address, packets: number): void {
    for (let i = 0; i < packets; i += 1) {
      this.#nowMs += 19
      this.say(from, to, `\x80\x00${'x'.repeat(170)}`)
    }
  }

  /** An INVITE that is forwarded and answered. @param port of the media of both sides */
  call(id: string, port: number): void {
    const via = `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${id}`
    const own = `Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKs${id}`
    const ids = (tag: string): string[] => [
      'From: <sip:alice@example.test>;tag=f',
      `To: <sip:bob@example.test>${tag}`,
      `Call-ID: ${id}`,
      'CSeq: 1 INVITE',
    ]
    const invite = (vias: string[]): string =>
      message('INVITE sip:bob@example.test SIP/2.0', [...vias, ...ids('')], sdp(CALLER.ip, port))
    const ok = (vias: string[]): string =>
      message('SIP/2.0 200 OK', [...vias, ...ids(';tag=t')], sdp(CALLEE.ip, port))
    this.say(CALLER, SERVER, invite([via]))
    this.say(SERVER, CALLEE, invite([own, via]))
    this.say(CALLEE, SERVER, ok([own, via]))
    this.say(SERVER, CALLER, ok([via]))
  }

  bye(id: string): void {
    const lines = (vias: string[]): string[] => [
      ...vias,
      'From: <sip:alice@example.test>;tag=f',
      'To: <sip:bob@example.test>;tag=t',
      `Call-ID: ${id}`,
      'CSeq: 2 BYE',
    ]
    const via = `Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb${id}`
    const own = `Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKsb${id}`
    this.say(CALLER, SERVER, message('BYE sip:bob@example.test SIP/2.0', lines([via])))
    this.say(SERVER, CALLEE, message('BYE sip:bob@example.test SIP/2.0', lines([own, via])))
    this.say(CALLEE, SERVER, message('SIP/2.0 200 OK', lines([own, via])))
    this.say(SERVER, CALLER, message('SIP/2.0 200 OK', lines([via])))
  }

  /** What was found of media, by call. */
  found(): readonly string[] {
    this.pass(20_000)
    this.say(CALLER, SERVER, '\r\n\r\nnothing')
    const found: string[] = []
    const replay = new Replay({
      detectors: DETECTORS.filter(({ id }) => id === 'media-anomaly'),
      settings: {},
      known: { trunkOf: () => undefined, isAllowed: () => false },
      servers: [SERVER],
      onFinding: ({ subject, why }) => {
        const what = /no media came/.test(why)
          ? 'missing'
          : /after its BYE/.test(why)
            ? 'after-end'
            : 'elsewhere'
        if (subject.kind === 'call') found.push(`${what} ${subject.name}`)
      },
    })
    replay.feed(pcapngFile(this.#packets))
    replay.end()
    return found
  }
}

function sdp(ip: string, port: number): string {
  return `v=0\r\nc=IN IP4 ${ip}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`
}

function message(line: string, lines: readonly string[], body = ''): string {
  const head = [line, 'Max-Forwards: 70', ...lines, `Content-Length: ${body.length}`]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

const rtpOf = ({ ip }: Address, port: number): Address => ({ ip, port })

test('a call with media that ends with its BYE is nothing', () => {
  const talk = new Talk()
  talk.call('a', 4000)
  talk.rtp(rtpOf(CALLER, 4000), rtpOf(CALLEE, 4000), 300)
  talk.bye('a')
  talk.rtp(rtpOf(CALLER, 4000), rtpOf(CALLEE, 4000), 20)
  assert.deepEqual(talk.found(), [])
})

test('media that goes on after the BYE is told: the BYE was forged', () => {
  const talk = new Talk()
  talk.call('a', 4000)
  talk.rtp(rtpOf(CALLER, 4000), rtpOf(CALLEE, 4000), 50)
  talk.bye('a')
  talk.rtp(rtpOf(CALLER, 4000), rtpOf(CALLEE, 4000), 300)
  assert.deepEqual(talk.found(), ['after-end a'])
})

test('an answered call without media (E15) is told where the capture holds media of its phones, and nowhere else', () => {
  const silent = new Talk()
  silent.call('a', 4000)
  assert.deepEqual(silent.found(), [])
  const talk = new Talk()
  talk.call('a', 4000)
  talk.rtp(rtpOf(CALLER, 4000), rtpOf(CALLEE, 4000), 50)
  talk.call('b', 4002)
  assert.deepEqual(talk.found(), ['missing b'])
})

test('media to where nobody asked for it is told; from a NAT, where it comes back from, it is not', () => {
  for (const isNat of [false, true]) {
    const elsewhere = { ip: '203.0.113.5', port: 7000 }
    const talk = new Talk()
    talk.call('a', 4000)
    if (isNat) {
      talk.rtp(rtpOf(CALLER, 4000), elsewhere, 10)
      talk.rtp(elsewhere, rtpOf(CALLER, 4000), 10)
    }
    talk.rtp(rtpOf(CALLER, 4000), elsewhere, 300)
    assert.deepEqual(talk.found(), isNat ? [] : ['elsewhere a'])
  }
})

test('places of media are those of the medium, of the session, and of ICE; none where there is no port', () => {
  const body = [
    ...['v=0', 'c=IN IP4 192.0.2.1', 'm=audio 4000 RTP/AVP 0', 'm=video 4002/2 RTP/AVP 96'],
    ...[
      'c=IN IP6 2001:DB8::1/127',
      'a=candidate:1 1 UDP 2130706431 192.0.2.7 5000 typ host',
      'm=image 0 udptl t38',
    ],
    ...['m=audio x RTP/AVP 0', 'c=IN IP4 0.0.0.0', 'm=audio 4008 RTP/AVP 0', 'c=IN IP4 0.0.0.0'],
  ].join('\r\n')
  assert.deepEqual([...placesOf(body)].sort(), ['192.0.2.1 4000', '192.0.2.7 5000', '2001:db8::1 4002'])
})
