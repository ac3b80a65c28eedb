import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { answerBinding } from './stun.ts'

const COOKIE = 0x2112a442
const transaction = Buffer.from('000102030405060708090a0b', 'hex')
const remote = { ip: '192.0.2.1', port: 32853 }

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + ((value.length + 3) & ~3))
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(value.length, 2)
  value.copy(bytes, 4)
  return bytes
}

function request(attributes: readonly Buffer[] = [], type = 1, cookie = COOKIE): Buffer {
  const header = Buffer.alloc(8)
  const body = Buffer.concat(attributes)
  header.writeUInt16BE(type, 0)
  header.writeUInt16BE(body.length, 2)
  header.writeUInt32BE(cookie, 4)
  return Buffer.concat([header, transaction, body])
}

function withFingerprint(attributes: readonly Buffer[], flip = 0): Buffer {
  const bytes = request([...attributes, attribute(0x8028, Buffer.alloc(4))])
  const crc = crc32(bytes.subarray(0, bytes.length - 8)) ^ 0x5354554e ^ flip
  bytes.writeUInt32BE(crc >>> 0, bytes.length - 4)
  return bytes
}

/** The mapped address of a success response, unmasked here by a reader of its own. */
function mappedIn(response: Buffer | undefined): { family: number; port: number; octets: Buffer } {
  assert.ok(response !== undefined)
  assert.equal(response.readUInt16BE(0), 0x0101)
  assert.equal(response.readUInt16BE(20), 0x0020)
  const length = response.readUInt16BE(22)
  const mask = Buffer.concat([Buffer.from('2112a442', 'hex'), transaction])
  const octets = Buffer.from(response.subarray(28, 24 + length).map((byte, at) => byte ^ (mask[at] ?? 0)))
  return { family: response.readUInt8(25), port: response.readUInt16BE(26) ^ 0x2112, octets }
}

test('a Binding request is answered with the source that it came from (OUT-09)', () => {
  const response = answerBinding(request(), remote)
  assert.deepEqual(mappedIn(response), { family: 1, port: 32853, octets: Buffer.from([192, 0, 2, 1]) })
  assert.deepEqual(response?.subarray(4, 20), request().subarray(4, 20), 'same cookie and transaction')
  assert.equal(response?.length, 32)
})

test('an IPv6 source is masked with the transaction too', () => {
  const response = answerBinding(request(), { ip: '2001:db8::1234:5678', port: 5060 })
  const octets = Buffer.from('20010db8000000000000000012345678', 'hex')
  assert.deepEqual(mappedIn(response), { family: 2, port: 5060, octets })
  assert.equal(response?.length, 44)
})

test('a FINGERPRINT is checked, and answered with one', () => {
  const response = answerBinding(withFingerprint([attribute(0x8022, Buffer.from('phone'))]), remote)
  assert.ok(response !== undefined)
  const crc = crc32(response.subarray(0, response.length - 8)) ^ 0x5354554e
  assert.equal(response.readUInt32BE(response.length - 4), crc >>> 0)
  assert.equal(answerBinding(withFingerprint([], 1), remote), undefined)
})

test('an attribute that must be understood and is not is 420 (RFC 5389 §7.3.1)', () => {
  const response = answerBinding(request([attribute(0x0003, Buffer.alloc(4))]), remote)
  assert.equal(response?.toString('hex').slice(0, 4), '0111')
  assert.equal(response?.subarray(20).toString('hex'), `00090004${'00000414'}000a0002${'00030000'}`)
})

test('whatever is no Binding request gets silence', () => {
  const long = request([attribute(0x8022, Buffer.alloc(600))])
  const cases: readonly Buffer[] = [
    request([], 0x0101),
    request([], 0x0003),
    request([], 1, 0x12345678),
    request().subarray(0, 19),
    Buffer.concat([request(), Buffer.alloc(4)]),
    request([Buffer.from([0x80, 0x22, 0, 9, 1, 2, 3, 4])]),
    request([Buffer.from([0x80, 0x22])]),
    long,
    Buffer.alloc(4),
  ]
  for (const bytes of cases) assert.equal(answerBinding(bytes, remote), undefined, bytes.toString('hex'))
})

test('no datagram throws, and no answer is larger than 2.6 times its request', () => {
  const ips = fc.oneof(fc.ipV4(), fc.ipV6())
  const body = fc.uint8Array({ maxLength: 64 }).map(bytes => Buffer.from(bytes))
  fc.assert(
    fc.property(
      ips,
      fc.nat(65535),
      fc.oneof(
        body,
        body.map(bytes => request([bytes])),
      ),
      (ip, port, bytes) => {
        const response = answerBinding(bytes, { ip, port })
        if (response !== undefined) assert.ok(response.length <= bytes.length * 2.6)
      },
    ),
    { numRuns: 300 },
  )
})
