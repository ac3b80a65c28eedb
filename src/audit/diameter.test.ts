import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeMessage } from '../mechanisms/aaa/diameter/index.ts'
import { avp, capabilitiesRequest, message, resultOf } from './diameter.ts'

test('its capabilities request is one that a Diameter node can read', () => {
  assert.ok(decodeMessage(capabilitiesRequest('stranger.aaa.test', 'aaa.test')).ok)
})

test('the result is found behind other AVPs, and a message in part has none', () => {
  const code = Buffer.from([0, 0, 0x0b, 0xc2])
  const answer = message(Buffer.concat([avp(264, Buffer.from('abc')), avp(268, code)]))
  assert.equal(resultOf(answer), 3010)
  assert.equal(resultOf(answer.subarray(0, -1)), undefined)
})

test('no octets make it throw or turn in a circle', () => {
  const bodies = fc.uint8Array({ maxLength: 120 }).map(body => message(Buffer.from(body)))
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 120 }).map(each => Buffer.from(each)),
        bodies,
      ),
      octets => {
        resultOf(octets)
      },
    ),
    { numRuns: 500 },
  )
})
