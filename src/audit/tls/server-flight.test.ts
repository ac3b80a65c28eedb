import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { serverFlight } from './server-flight.ts'

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const record = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, 3, 3]), uint16(body.length), body])
const message = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, 0]), uint16(body.length), body])

/** A ServerHello of TLS 1.2 with suite 0x0033, without compression, with renegotiation_info. */
const hello = message(
  2,
  Buffer.concat([
    uint16(0x0303),
    Buffer.alloc(32),
    Buffer.from([0]),
    uint16(0x0033),
    Buffer.from([0]),
    uint16(5),
    Buffer.from([0xff, 0x01, 0, 1, 0]),
  ]),
)

test('a ServerHello says version, suite, compression and whether it renegotiates safely', () => {
  assert.deepEqual(serverFlight(record(22, hello), false), {
    kind: 'hello',
    version: 0x0303,
    suite: 0x0033,
    isCompressed: false,
    hasRenegotiationInfo: true,
  })
})

test('an alert is a refusal, and anything else is no TLS', () => {
  assert.deepEqual(serverFlight(record(21, Buffer.from([2, 40])), false), { kind: 'alert', description: 40 })
  assert.equal(serverFlight(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), false), 'garbage')
})

test('the bits of a group are those of its prime, leading zeros left out', () => {
  const prime = Buffer.concat([Buffer.alloc(1), Buffer.from([0x80]), Buffer.alloc(127)])
  const exchange = message(12, Buffer.concat([uint16(prime.length), prime]))
  const flight = serverFlight(record(22, Buffer.concat([hello, exchange])), true)
  assert.equal(typeof flight === 'object' && flight.kind === 'hello' ? flight.groupBits : 0, 1024)
})

test('what came in part is waited for, in every cut', () => {
  const whole = record(22, hello)
  for (let end = 0; end < whole.length; end++) {
    assert.equal(serverFlight(whole.subarray(0, end), false), undefined)
  }
})

test('no octets make it throw', () => {
  const headed = fc
    .tuple(fc.constantFrom(21, 22), fc.uint8Array({ maxLength: 200 }))
    .map(([type, body]) => record(type, Buffer.from(body)))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), headed), octets => {
      serverFlight(Buffer.from(octets), true)
    }),
    { numRuns: 500 },
  )
})
