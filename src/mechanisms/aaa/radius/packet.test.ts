import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '../../../base/secret.ts'
import { type Attribute, CODE, number32, octets } from './attributes.ts'
import { readAnswer } from './authenticators.ts'
import { readPacket, writePacket } from './packet.ts'
import { answerTo, SECRET } from './test-exchange.ts'

/** Mutated answers in a usual run; a million takes three seconds: ASPIS_MUTATIONS=1000000. */
const MUTATIONS = Number(process.env.ASPIS_MUTATIONS ?? 100_000)

const anyAttribute = fc.record({
  type: fc.integer({ min: 1, max: 255 }),
  value: fc.uint8Array({ maxLength: 253 }).map(bytes => Buffer.from(bytes)),
})

test('what is written is read again, attribute by attribute', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 255 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.array(anyAttribute, { maxLength: 14 }),
      (code, identifier, authenticator, attributes: readonly Attribute[]) => {
        const packet = writePacket(code, identifier, Buffer.from(authenticator), attributes)
        assert.ok(packet !== undefined)
        const read = readPacket(Buffer.concat([packet, Buffer.from('padding')]))
        assert.ok(read.ok)
        assert.equal(read.value.code, code)
        assert.equal(read.value.identifier, identifier)
        assert.deepEqual(
          read.value.attributes.map(({ type, value }) => [type, Buffer.from(value)]),
          attributes.map(({ type, value }) => [type, value]),
        )
        assert.ok(read.value.octets.equals(packet))
      },
    ),
  )
})

test('no octets make it throw, and what is refused has a name', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      const read = readPacket(Buffer.from(bytes))
      assert.ok(read.ok || read.error.length > 0)
    }),
    { numRuns: 2000 },
  )
})

const FORMS: readonly (readonly [string, string])[] = [
  ['length-wrong', ''],
  ['length-wrong', '0201001300000000000000000000000000000000'],
  ['length-wrong', '0201001500000000000000000000000000000000'],
  ['length-wrong', '0201100100000000000000000000000000000000'],
  ['attribute-truncated', '020100150000000000000000000000000000000001'],
  ['attribute-truncated', '02010016000000000000000000000000000000000103'],
  ['attribute-too-short', '02010016000000000000000000000000000000000101'],
  ['attribute-too-short', '02010016000000000000000000000000000000000100'],
]
for (const [name, hex] of FORMS) {
  test(`${name}: ${hex === '' ? 'nothing' : hex.slice(0, 8)}… ${hex.slice(40)}`, () => {
    assert.deepEqual(readPacket(Buffer.from(hex, 'hex')), { ok: false, error: name })
  })
}

test(`RAD-04: of ${MUTATIONS} changed answers none is believed`, () => {
  const secret = new Secret(SECRET)
  const request = Buffer.alloc(20, 7)
  request[0] = CODE.accessRequest
  request[1] = 42
  const asked = { code: CODE.accessRequest, identifier: 42, authenticator: request.subarray(4, 20) }
  const attributes = [octets(106, 'f847de948d12285f8f4199e366f1af21'), number32(6, 15), octets(25, 'class')]
  const right = answerTo(request, { attributes })
  assert.ok(readAnswer(right, asked, secret, true).ok)
  const next = chance(20_261_123)
  for (let n = 0; n < MUTATIONS; n++) {
    const changed = mutated(right, next)
    const read = readAnswer(changed, asked, secret, true)
    // Octets behind the length are padding, and were never part of it.
    const said = changed.length >= 4 ? changed.subarray(0, changed.readUInt16BE(2)) : changed
    if (read.ok) assert.ok(said.equals(right), changed.toString('hex'))
  }
})

/** One to four changes: a bit, an octet, a cut, a piece doubled, octets put in. */
function mutated(packet: Buffer, next: (below: number) => number): Buffer {
  let changed = Buffer.from(packet)
  for (let times = 1 + next(4); times > 0; times--) {
    const at = next(changed.length + 1)
    switch (next(6)) {
      case 0:
        if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << next(8))
        break
      case 1:
        if (at < changed.length) changed[at] = next(256)
        break
      case 2:
        changed = changed.subarray(0, at)
        break
      case 3:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(at - next(at + 1))])
        break
      case 4:
        changed = Buffer.concat([
          changed.subarray(0, at),
          Buffer.alloc(next(40), next(256)),
          changed.subarray(at),
        ])
        break
      default:
        if (changed.length >= 4) changed.writeUInt16BE(next(changed.length + 8), 2)
    }
    // A copy each time: what is cut off must not come back.
    changed = Buffer.from(changed)
  }
  return changed
}

/** Numbers that are the same in every run. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
