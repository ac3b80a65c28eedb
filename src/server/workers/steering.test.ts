import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { branchMark, workerOfResponse } from './mark.ts'
import { steeringProgram } from './steering.ts'

const NODE = 7
const FACTOR = 0x9e3779b1
const IP = 0xfff00000
const BY_HASH = 0xffffffff
const program = (order: readonly number[], count = 4): Uint8Array =>
  steeringProgram({ node: NODE, count, order, factor: FACTOR })
const responseOf = (
  worker: number,
  { reason = 'OK', sentBy = '192.0.2.1:5060;rport=5060', node = NODE } = {},
) =>
  `SIP/2.0 200 ${reason}\r\nVia: SIP/2.0/UDP ${sentBy};branch=z9hG4bK${branchMark(node, worker)}0123456789.0123456789abcdef\r\n${'Call-ID: x\r\n'.repeat(30)}\r\n`

/** What the system does with such a program (Linux, net/core/filter.c). */
function pick(bytes: Uint8Array, packet: { readonly ip: Buffer; readonly payload: Buffer }): number {
  const code = Buffer.from(bytes)
  const load = (at: number, size: number): number | undefined => {
    const [from, offset] = at >= IP ? [packet.ip, at - IP] : [packet.payload, at]
    return offset + size > from.length ? undefined : from.readUIntBE(offset, size)
  }
  let a = 0
  let x = 0
  for (let pc = 0, steps = 0; pc * 8 < code.length; pc += 1, steps += 1) {
    assert.ok(steps < 4096)
    const at = pc * 8
    const k = code.readUInt32LE(at + 4)
    const sizes: Readonly<Record<number, number>> = { 32: 4, 40: 2, 48: 1, 64: 4, 72: 2 }
    const operation = code.readUInt16LE(at)
    const size = sizes[operation]
    if (size !== undefined) {
      const value = load(operation >= 64 ? k + x : k, size)
      // A program that reads where nothing is gives 0.
      if (value === undefined) return 0
      a = value
      continue
    }
    if (operation === 0x15) pc += code[at + (a === k ? 2 : 3)] ?? 0
    else if (operation === 0x35) pc += code[at + (a >= k ? 2 : 3)] ?? 0
    else if (operation === 0x05) pc += k
    else if (operation === 0x06) return k
    else if (operation === 0x80) a = packet.payload.length
    else if (operation === 0x01) x = k
    else if (operation === 0x07) x = a
    else if (operation === 0x87) a = x
    else if (operation === 0x04) a = (a + k) >>> 0
    else if (operation === 0x0c) a = (a + x) >>> 0
    else if (operation === 0x24) a = Math.imul(a, k) >>> 0
    else if (operation === 0x54) a = (a & k) >>> 0
    else if (operation === 0x74) a >>>= k
    else if (operation === 0x94) a %= k
    else assert.fail(`no such operation: ${operation}`)
  }
  return assert.fail('the program has no end')
}

function packetOf(text: string, source = [192, 0, 2, 9], port = 5060) {
  const ip = Buffer.alloc(28)
  ip[0] = 0x45
  ip[9] = 17
  ip.set(source, 12)
  ip.writeUInt16BE(port, 20)
  return { ip, payload: Buffer.from(text, 'latin1') }
}

test('a response goes to the place of the worker that its branch names', () => {
  const order = [2, 0, 3, 1]
  const reasons = fc.stringMatching(/^[ -~]{0,40}$/).filter(text => !text.includes('\r'))
  const sentBys = fc.constantFrom(
    '192.0.2.1',
    '192.0.2.1:5060;rport=40112;received=198.51.100.7',
    'a-rather-long-name.of-an-edge.example.test:5060;rport=5060',
    '[2001:db8::1]:5060;rport',
  )
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), reasons, sentBys, (worker, reason, sentBy) => {
      const text = responseOf(worker, { reason, sentBy })
      assert.equal(workerOfResponse(text, NODE), worker)
      assert.equal(pick(program(order), packetOf(text)), order.indexOf(worker))
    }),
  )
})

test('what is no response of ours goes by its source, the same place whatever it says', () => {
  const order = [0, 1, 2, 3]
  const texts = [
    `INVITE sip:bob@example.test SIP/2.0\r\n${'Via: x\r\n'.repeat(60)}\r\n`,
    'OPTIONS sip:a@b SIP/2.0\r\n\r\n',
    '\r\n\r\n',
    '',
    responseOf(1, { node: NODE + 1 }),
    responseOf(9),
    responseOf(1, { sentBy: 'x'.repeat(200) }),
    responseOf(1, { reason: 'x'.repeat(50) }),
    responseOf(1).replace('Via: ', 'v: '),
    responseOf(1).replace('UDP', 'TCP'),
    responseOf(1).slice(0, 120),
  ]
  const places = new Set<number>()
  for (let port = 1024; port < 1224; port += 1) {
    const seen = texts.map(text => pick(program(order), packetOf(text, [192, 0, 2, 9], port)))
    assert.equal(new Set(seen).size, 1, `port ${port}`)
    places.add(seen[0] ?? -1)
  }
  assert.deepEqual([...places].sort(), [0, 1, 2, 3], 'each has its share')
})

test('shares are even over addresses and over ports, of both versions', () => {
  const share = (packets: readonly { readonly ip: Buffer; readonly payload: Buffer }[]): number[] => {
    const counts = [0, 0, 0, 0]
    for (const packet of packets) {
      const place = pick(program([0, 1, 2, 3]), packet)
      counts[place] = (counts[place] ?? 0) + 1
    }
    return counts
  }
  const v6 = (last: number, port: number) => {
    const ip = Buffer.alloc(48)
    ip[0] = 0x60
    ip[6] = 17
    ip.writeUInt32BE(0x20010db8, 8)
    ip.writeUInt32BE(last, 20)
    ip.writeUInt16BE(port, 40)
    return { ip, payload: Buffer.from('\r\n\r\n') }
  }
  const each = Array.from({ length: 4000 }, (_, i) => i)
  for (const counts of [
    share(each.map(i => packetOf('x', [10, 0, i >> 8, i & 255]))),
    share(each.map(i => packetOf('x', [10, 0, 0, 1], 1024 + i))),
    share(each.map(i => v6(i, 5060))),
    share(each.map(i => v6(1, 1024 + i))),
  ]) {
    for (const count of counts) assert.ok(count > 800 && count < 1200, counts.join())
  }
})

test('when a worker is away only its own phones go elsewhere, and come back with it', () => {
  const before = program([0, 1, 2, 3])
  // The system moves the last socket into the hole.
  const without = program([0, 3, 2])
  const again = program([0, 3, 2, 1])
  for (let port = 1024; port < 1424; port += 1) {
    const packet = packetOf('x', [192, 0, 2, 9], port)
    const worker = pick(before, packet)
    const meanwhile = [0, 3, 2][pick(without, packet)]
    if (worker === 1) assert.notEqual(meanwhile, 1)
    else assert.equal(meanwhile, worker)
    assert.equal([0, 3, 2, 1][pick(again, packet)], worker)
  }
})

test('a header that is not understood is left to the system', () => {
  const options = packetOf('x')
  options.ip[0] = 0x46
  assert.equal(pick(program([0, 1]), options), BY_HASH)
  const extended = { ip: Buffer.alloc(48), payload: Buffer.from('x') }
  extended.ip[0] = 0x60
  assert.equal(pick(program([0, 1]), extended), BY_HASH)
})

test('a program is no longer than the system takes', () => {
  assert.ok(program([0], 16).length / 8 < 4096)
})
