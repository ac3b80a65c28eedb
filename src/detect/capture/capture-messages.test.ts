import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  datagram,
  ipWith,
  linked,
  pcapFile,
  pcapngFile,
  Talker,
  timed,
} from '../../../test/support/packets.ts'
import { BEGAN_MS, CaptureMessages } from './capture-messages.ts'
import { LINK } from './link-type.ts'

const PHONE = { ip: '192.0.2.1', port: 40_000 }
const SERVER = { ip: '192.0.2.2', port: 5060 }
const PHONE6 = { ip: '2001:db8::1', port: 40_000 }
const SERVER6 = { ip: '2001:db8::2', port: 5060 }

function options(callId: string, body = ''): string {
  return [
    'OPTIONS sip:example.test SIP/2.0',
    'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
    `Call-ID: ${callId}`,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

interface Heard {
  readonly datagrams: string[]
  readonly messages: string[]
  readonly broken: string[]
  readonly capture: CaptureMessages
}

function hear(file: Buffer, servedPort = 0): Heard {
  const heard: Omit<Heard, 'capture'> = { datagrams: [], messages: [], broken: [] }
  const capture = new CaptureMessages({
    onDatagram: (octets, { sourceIp, sourcePort, destinationIp, destinationPort }) =>
      heard.datagrams.push(
        `${sourceIp} ${sourcePort} ${destinationIp} ${destinationPort} ${octets.toString('latin1')}`,
      ),
    onMessage: text => heard.messages.push(text),
    onBroken: ({ error }) => heard.broken.push(error),
    isServed: ({ destinationPort }) => destinationPort === servedPort,
  })
  capture.feed(file)
  capture.end()
  return { ...heard, capture }
}

const hearPackets = (packets: readonly Buffer[], linkType?: number): Heard =>
  hear(pcapFile(timed(packets), { linkType: linkType ?? LINK.raw }))

describe('links', () => {
  const ip = datagram(PHONE, SERVER, 'hello')
  const ip6 = datagram(PHONE6, SERVER6, 'hello')
  const wanted = ['192.0.2.1 40000 192.0.2.2 5060 hello', '2001:db8::1 40000 2001:db8::2 5060 hello']

  for (const [name, linkType] of Object.entries(LINK)) {
    test(`${name} carries IPv4 and IPv6`, () => {
      assert.deepEqual(hearPackets([linked(linkType, ip), linked(linkType, ip6)], linkType).datagrams, wanted)
    })
  }

  test('Ethernet and cooked frames are read behind VLAN tags, one or two', () => {
    for (const linkType of [LINK.ethernet, LINK.linuxCooked]) {
      const packets = [[0x8100], [0x88a8, 0x8100]].map(tags => linked(linkType, ip, tags))
      assert.deepEqual(hearPackets(packets, linkType).datagrams, [wanted[0], wanted[0]])
    }
  })

  test('what is not read is counted by its reason', () => {
    const arp = Buffer.alloc(42)
    arp.writeUInt16BE(0x0806, 12)
    const icmp = linked(LINK.ethernet, ipWith(1, PHONE, SERVER, Buffer.alloc(12)))
    const many = linked(LINK.ethernet, ip, Array<number>(9).fill(0x8100))
    const cut = linked(LINK.ethernet, ip).subarray(0, 44)
    const { capture } = hearPackets([arp, icmp, many, cut, arp.subarray(0, 9)], LINK.ethernet)
    assert.deepEqual(Object.fromEntries(capture.notRead), { 'not-ip': 2, 'no-udp-or-tcp': 1, 'cut-short': 2 })
    assert.deepEqual([...hearPackets([ip], 147).capture.notRead], [['link-type-147', 1]])
  })
})

describe('fragments', () => {
  const payload = datagram(PHONE, SERVER, 'x'.repeat(3000)).subarray(20)

  const part = (from: number, to: number): Buffer => {
    const packet = ipWith(17, PHONE, SERVER, Buffer.from(payload.subarray(from, to)))
    packet.writeUInt16BE(77, 4)
    packet.writeUInt16BE((from / 8) | (to < payload.length ? 0x2000 : 0), 6)
    return packet
  }

  const part6 = (from: number, to: number): Buffer => {
    const head = Buffer.alloc(16)
    // A destination options header in front, then the fragment header.
    head.writeUInt8(44, 0)
    head.writeUInt8(17, 8)
    head.writeUInt16BE(from | (to < payload.length ? 1 : 0), 10)
    head.writeUInt32BE(99, 12)
    return ipWith(60, PHONE6, SERVER6, Buffer.concat([head, payload.subarray(from, to)]))
  }

  for (const [name, cut] of [
    ['IPv4', part],
    ['IPv6', part6],
  ] as const) {
    const all = [cut(0, 1000), cut(1000, 2000), cut(2000, payload.length)]
    test(`of ${name} are put together in any order, repeated ones too`, () => {
      for (const order of [
        [0, 1, 2],
        [2, 0, 1],
        [1, 1, 2, 2, 0],
      ]) {
        const { datagrams } = hearPackets(order.map(i => all[i] ?? Buffer.alloc(0)))
        assert.equal(datagrams.length, 1)
        assert.ok(datagrams[0]?.endsWith('x'.repeat(3000)))
      }
    })

    test(`of ${name} that overlap make nothing, as in Linux`, () => {
      assert.deepEqual(hearPackets([cut(0, 1000), cut(992, 2000), cut(2000, payload.length)]).datagrams, [])
    })
  }

  test('that never become whole are forgotten, and counted', () => {
    const packets = Array.from({ length: 2000 }, (_, i) => {
      const packet = part(0, 800)
      packet.writeUInt16BE(i, 4)
      return packet
    })
    const { capture, datagrams } = hearPackets(packets)
    assert.deepEqual(datagrams, [])
    assert.ok((capture.notRead.get('fragments-missing') ?? 0) > 1000)
  })
})

describe('TCP', () => {
  const texts = ['a', 'b', 'c', 'd'].map(id => options(id, id.repeat(50)))
  const [a = '', b = '', c = '', d = ''] = texts
  const whole = texts.join('')

  test('messages are read whatever the segments are, across the wrap of the sequence number', () => {
    for (const bytes of [1, 7, 100, whole.length]) {
      const talker = new Talker(PHONE, SERVER)
      const packets = [talker.opens()]
      for (let at = 0; at < whole.length; at += bytes) packets.push(talker.says(whole.slice(at, at + bytes)))
      assert.deepEqual(hear(pcapFile(timed(packets)), 5060).messages, texts)
    }
  })

  test('segments out of order and sent again give each message once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), fc.integer({ min: 20, max: 90 }), (order, bytes) => {
        const talker = new Talker(PHONE, SERVER, 0xffff_fff0)
        const packets = [talker.opens()]
        const rest: Buffer[] = []
        for (let at = 0; at < whole.length; at += bytes) rest.push(talker.says(whole.slice(at, at + bytes)))
        for (const i of order) packets.push(rest[i % rest.length] ?? Buffer.alloc(0))
        assert.deepEqual(hear(pcapFile(timed([...packets, ...rest])), 5060).messages, texts)
      }),
      { numRuns: 100 },
    )
  })

  test('octets that are sent again otherwise change nothing: the first stand', () => {
    const talker = new Talker(PHONE, SERVER)
    const start = talker.sequence + 1
    const packets = [talker.opens(), talker.saysAt(start + 20, a.slice(20))]
    packets.push(talker.saysAt(start, a.slice(0, 20) + 'Z'.repeat(a.length - 20)))
    assert.deepEqual(hear(pcapFile(timed(packets))).messages, [a])
  })

  test('what was not captured is a gap, and reading goes on at the next message', () => {
    const talker = new Talker(PHONE, SERVER)
    const answerer = new Talker(SERVER, PHONE)
    const packets = [talker.opens(), talker.says(a)]
    // The end of b and the beginning of c are missing.
    packets.push(talker.says(b.slice(0, 60)))
    talker.says(b.slice(60) + c.slice(0, 10))
    packets.push(talker.says(c.slice(10)), talker.says(d), answerer.acknowledges(talker.sequence))
    const { messages, capture, broken } = hear(pcapFile(timed(packets)))
    assert.deepEqual(messages, [a, d])
    assert.deepEqual(broken, [])
    assert.equal(capture.streams.counts.gaps, 1)
  })

  test('a connection that is older than the capture is read from the first message on', () => {
    const talker = new Talker(PHONE, SERVER)
    const packets = [talker.says(a.slice(30)), talker.says(b), talker.says(c)]
    assert.deepEqual(hear(pcapFile(timed(packets)), 5060).messages, [b, c])
  })

  test('the same ports in a new connection are read anew', () => {
    const first = new Talker(PHONE, SERVER, 1000)
    const second = new Talker(PHONE, SERVER, 5)
    const packets = [first.opens(), first.says(a), first.resets(), second.opens(), second.says(b)]
    assert.deepEqual(hear(pcapFile(timed(packets))).messages, [a, b])
  })

  test('TLS, WebSocket and others are counted and not read; what is no SIP at a SIP port is broken', () => {
    const say = (port: number, text: string): Buffer[] => {
      const talker = new Talker({ ...PHONE, port }, SERVER)
      return [talker.opens(), talker.says(text)]
    }
    const packets = [
      ...say(1, '\x16\x03\x01\x02'),
      ...say(2, 'GET /sip HTTP/1.1\r\n\r\n'),
      ...say(3, 'SSH-2.0-x\n'),
    ]
    assert.deepEqual(hear(pcapFile(timed(packets))).capture.streams.counts, {
      ...{ sip: 0, tls: 1, websocket: 1, other: 1, gaps: 0, forgotten: 0 },
    })
    assert.deepEqual(hear(pcapFile(timed(packets)), 5060).broken, ['bare-line-end'])
  })

  test('who sends far ahead of what is missing holds little', () => {
    const talker = new Talker(PHONE, SERVER)
    const packets = [talker.opens()]
    const start = talker.sequence
    for (let i = 0; i < 3000; i += 1) packets.push(talker.saysAt(start + 10 + i * 2000, a))
    const { messages } = hear(pcapFile(timed(packets)))
    assert.ok(messages.length > 2000, `${messages.length}`)
  })
})

describe('hostile packets', () => {
  const talker = new Talker(PHONE, SERVER)
  const talker6 = new Talker(PHONE6, SERVER6)
  const packets = [
    ...[
      talker.opens(),
      talker.says(options('a')),
      talker.says(options('b')),
      datagram(PHONE, SERVER, options('c')),
    ],
    ...[talker6.opens(), talker6.says(options('d')), datagram(PHONE6, SERVER6, options('e'))],
  ].map(packet => linked(LINK.ethernet, packet, [0x8100]))

  test('every octet may be another, and every packet may be cut', () => {
    const made = timed(packets)
    for (const [which, { octets }] of made.entries()) {
      for (let at = 0; at < octets.length; at += 1) {
        const changed = Buffer.from(octets)
        changed[at] = (changed[at] ?? 0) ^ 0xff
        const cut = octets.subarray(0, at)
        const replaced = made.toSpliced(which, 1, ...timed([changed, cut]))
        assert.ok(hear(pcapngFile(replaced, LINK.ethernet), 5060).capture.packets === made.length + 1)
      }
    }
  })

  test('a clock that leaps or goes back never takes the event clock with it', () => {
    const times = [0, 5, 3, 1e15, 1e15 + 7, 20, 25]
    const made = times.map((ms, i) => ({ wallMs: ms, octets: datagram(PHONE, SERVER, `${i}`) }))
    const seen: number[] = []
    const capture = new CaptureMessages({
      ...{ onMessage: () => {}, onBroken: () => {}, isServed: () => false },
      onDatagram: (_octets, _ends, nowMs) => seen.push(Math.round(nowMs - BEGAN_MS)),
    })
    capture.feed(pcapngFile(made))
    assert.deepEqual(seen, [0, 5, 5, 5, 12, 12, 17])
  })
})
