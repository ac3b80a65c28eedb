import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMessage } from '../src/sip/message/check.ts'
import { parseMessage } from '../src/sip/message/parse.ts'
import { isRefusalName, REFUSALS } from '../src/sip/message/refusal.ts'
import { sipVectors } from './support/sip-vectors.ts'

const vectors = sipVectors()

for (const { name, rule, isDatagram, verdict, text } of vectors) {
  test(`${name}: ${rule}`, () => {
    const parsed = parseMessage(text, isDatagram)
    const refusal = parsed.ok ? checkMessage(parsed.value) : parsed.error
    assert.equal(refusal?.refusal ?? 'accept', verdict, JSON.stringify(text.slice(0, 2000)))
  })
}

/** Refusals that only readers of other fields give. */
const OF_OTHERS = [
  'contact-malformed',
  'credentials-malformed',
  'name-addr-malformed',
  'params-malformed',
  'route-malformed',
]

test('every refusal that a message as a whole can meet has a vector, and no vector names another', () => {
  const reached = new Set(vectors.map(vector => vector.verdict))
  const missing = Object.keys(REFUSALS).filter(name => !reached.has(name) && !OF_OTHERS.includes(name))
  assert.deepEqual(missing, [])
  assert.deepEqual(
    [...reached].filter(name => name !== 'accept' && !isRefusalName(name)),
    [],
  )
})
