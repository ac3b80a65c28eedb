import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { BEGAN_MS, datagram, pcapFile, pcapngFile, timed } from '../../../test/support/packets.ts'
import { LINK } from './link-type.ts'
import { CaptureReader } from './read-capture.ts'
import { enhancedPacket, interfaceDescription, MAX_COMMENT_BYTES, sectionHeader } from './write-pcapng.ts'

const A = { ip: '192.0.2.1', port: 5060 }
const B = { ip: '192.0.2.2', port: 5060 }
const PACKETS = timed(['one', 'two', 'three!'].map(text => datagram(A, B, text)))

interface Read {
  readonly packets: { wallMs: number; linkType: number; text: string; comment: string; original: number }[]
  readonly fault: string
  readonly at: number
}

function read(file: Buffer, pieceBytes = file.length): Read {
  const packets: Read['packets'] = []
  const reader = new CaptureReader(packet => {
    packets.push({
      wallMs: packet.wallMs,
      linkType: packet.linkType,
      text: packet.octets.toString('latin1'),
      comment: packet.comment,
      original: packet.originalLength,
    })
  })
  for (let at = 0; at < file.length; at += pieceBytes) reader.feed(file.subarray(at, at + pieceBytes))
  const problem = reader.end()
  return { packets, fault: problem?.fault ?? '', at: problem?.at ?? -1 }
}

function assertPackets({ packets, fault }: Read, linkType: number = LINK.raw): void {
  assert.equal(fault, '')
  assert.deepEqual(
    packets.map(({ text }) => text),
    PACKETS.map(({ octets }) => octets.toString('latin1')),
  )
  for (const [i, packet] of packets.entries()) {
    assert.equal(packet.linkType, linkType)
    assert.ok(Math.abs(packet.wallMs - (BEGAN_MS + i)) < 0.001)
  }
}

describe('a classic pcap file', () => {
  for (const isLittle of [true, false]) {
    for (const isNanoseconds of [true, false]) {
      test(`is read in ${isLittle ? 'little' : 'big'} endian and ${isNanoseconds ? 'ns' : 'µs'}`, () => {
        assertPackets(read(pcapFile(PACKETS, { isLittle, isNanoseconds, linkType: 113 })), 113)
      })
    }
  }

  test('says where it ends inside a packet, and what came before stands', () => {
    const file = pcapFile(PACKETS)
    const { packets, fault, at } = read(file.subarray(0, file.length - 3))
    assert.equal(packets.length, 2)
    assert.equal(fault, 'ends-inside-a-packet')
    assert.equal(at, file.length - 16 - (PACKETS[2]?.octets.length ?? 0))
  })

  test('with a packet of gigabytes is refused, and nothing is held for it', () => {
    const file = pcapFile(PACKETS)
    file.writeUInt32LE(0xfffffff0, 24 + 8)
    assert.deepEqual(read(file), { packets: [], fault: 'packet-too-long', at: 24 })
  })

  test('of another version, a compressed one and what is none are told apart', () => {
    const file = pcapFile(PACKETS)
    file.writeUInt16LE(9, 4)
    assert.equal(read(file).fault, 'version-unknown')
    assert.equal(read(Buffer.from('1f8b08000000000000', 'hex')).fault, 'compressed')
    assert.equal(read(Buffer.from('a1b2cd34', 'hex')).fault, 'patched-pcap')
    assert.equal(read(Buffer.from('INVITE sip:bob SIP/2.0')).fault, 'no-capture')
    assert.equal(read(Buffer.alloc(0)).fault, 'no-capture')
  })
})

describe('a pcapng file', () => {
  const word = (value: number): Buffer => {
    const octets = Buffer.alloc(4)
    octets.writeUInt32BE(value)
    return octets
  }

  test('is what was written, comments too', () => {
    assertPackets(read(pcapngFile(PACKETS)))
    const octets = Buffer.from('x')
    const comment = 'flooding: 192.0.2.7 sent 5,000 INVITEs — “quoted”'
    const long = 'é'.repeat(MAX_COMMENT_BYTES)
    const file = Buffer.concat([
      sectionHeader('test'),
      interfaceDescription(LINK.ethernet, 'lo'),
      enhancedPacket({ wallMs: BEGAN_MS + 0.25, octets, comment, direction: 'inbound', originalLength: 99 }),
      enhancedPacket({ wallMs: BEGAN_MS + 1, octets, comment: long }),
    ])
    const { packets, fault } = read(file)
    assert.equal(fault, '')
    assert.equal(packets[0]?.comment, comment)
    assert.equal(packets[0]?.original, 99)
    assert.ok(Math.abs((packets[0]?.wallMs ?? 0) - BEGAN_MS - 0.25) < 0.001)
    assert.equal(packets[1]?.comment, 'é'.repeat(MAX_COMMENT_BYTES / 2))
  })

  test('of big endian, with resolution and offset of its interface and a simple packet, is read', () => {
    const block = (type: number, body: Buffer): Buffer =>
      Buffer.concat([word(type), word(body.length + 12), body, word(body.length + 12)])
    const section = block(
      0x0a0d0d0a,
      Buffer.concat([word(0x1a2b3c4d), Buffer.from('00010000', 'hex'), Buffer.alloc(8, 0xff)]),
    )
    // Ticks of 2^-10 s, ten seconds later than said; at most 4 octets of a packet.
    const face = block(
      1,
      Buffer.concat([
        Buffer.from('00650000', 'hex'),
        word(4),
        Buffer.from('000900018a000000', 'hex'),
        Buffer.from('000e0008000000000000000a', 'hex'),
        word(0),
      ]),
    )
    const packet = block(
      6,
      Buffer.concat([word(0), word(0), word(2048), word(3), word(7), Buffer.from('abc\0')]),
    )
    const simple = block(3, Buffer.concat([word(9), Buffer.from('wxyz')]))
    const { packets, fault } = read(Buffer.concat([section, face, packet, simple]))
    assert.equal(fault, '')
    assert.deepEqual(packets, [
      { wallMs: 12_000, linkType: 101, text: 'abc', comment: '', original: 7 },
      { wallMs: 12_000, linkType: 101, text: 'wxyz', comment: '', original: 9 },
    ])
  })

  test('of two sections has interfaces by section, and passes over what it does not know', () => {
    const unknown = Buffer.from('0b0b00001000000011223344' + '10000000', 'hex')
    const orphan = enhancedPacket({ wallMs: BEGAN_MS, octets: Buffer.from('x'), interfaceNumber: 7 })
    const file = Buffer.concat([pcapngFile(PACKETS, LINK.ethernet), unknown, orphan, pcapngFile(PACKETS)])
    const reader = new CaptureReader(() => {})
    assert.equal(reader.feed(file), undefined)
    assert.equal(reader.end(), undefined)
    assert.equal(reader.passedOver, 2)
    const { packets } = read(file)
    assert.deepEqual(
      packets.map(({ linkType }) => linkType),
      [1, 1, 1, 101, 101, 101],
    )
  })

  test('that contradicts itself is refused where it does', () => {
    const file = pcapngFile(PACKETS)
    file.writeUInt32LE(7, file.length - 4)
    const { packets, fault } = read(file)
    assert.equal(fault, 'block-malformed')
    assert.equal(packets.length, 2)
  })
})

describe('hostile captures', () => {
  const FILES = [pcapFile(PACKETS), pcapFile(PACKETS, { isLittle: false }), pcapngFile(PACKETS)]

  test('every prefix, and every size of pieces, gives the same packets', () => {
    for (const file of FILES) {
      const whole = read(file).packets
      for (let length = 0; length <= file.length; length += 1) {
        const { packets } = read(file.subarray(0, length))
        assert.deepEqual(packets, whole.slice(0, packets.length))
      }
      for (const pieceBytes of [1, 2, 3, 7, 16, 100]) assert.deepEqual(read(file, pieceBytes).packets, whole)
    }
  })

  test('no octets throw, and pieces change nothing', () => {
    const change = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 })
    fc.assert(
      fc.property(
        fc.nat(FILES.length - 1),
        change,
        fc.integer({ min: 1, max: 50 }),
        (which, changes, pieces) => {
          const file = Buffer.from(FILES[which] ?? FILES[0] ?? '')
          for (const [at, value] of changes) file[at % file.length] = value
          assert.deepEqual(read(file, pieces), read(file))
        },
      ),
      { numRuns: 500 },
    )
  })
})
