import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endOfDisplay, octetsOf, octetsOfMessage } from './octets.ts'

const latin1 = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) })

function textOf(octets: Uint8Array, length: number): string {
  return Buffer.from(octets.subarray(0, length)).toString('latin1')
}

test('the octets are those of the text, of whatever was read before, and NUL stands behind its end', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(latin1, fc.boolean())), texts => {
      for (const [text, isMessage] of texts) {
        const octets = isMessage ? octetsOfMessage(text) : octetsOf(text)
        assert.equal(textOf(octets, text.length), text)
        assert.equal(octets[text.length], 0)
      }
    }),
  )
})

test('values on their own leave the octets of the message alone', () => {
  const message = 'INVITE sip:bob@example.com SIP/2.0'
  const octets = octetsOfMessage(message)
  octetsOf('sip:alice@example.com')
  octetsOf('x'.repeat(5000))
  assert.equal(textOf(octets, message.length), message)
  assert.equal(octetsOf(message), octets)
})

test('a text beyond the usual size has octets too', () => {
  const large = `${'x'.repeat(600_000)}y`
  assert.equal(octetsOfMessage(large)[600_000], 121)
  assert.equal(octetsOf(`${large}z`)[600_001], 122)
})

test('a character that is no octet is not taken for the octet that is left of it', () => {
  const text = 'a\u0161\u0300\u{1f600}\xe9'
  assert.deepEqual([...octetsOf(text).subarray(0, 6)], [97, 127, 127, 127, 127, 0xe9])
  assert.equal(endOfDisplay(octetsOf(text), 0, text.length), 1)
})
