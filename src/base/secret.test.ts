import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import fc from 'fast-check'
import { equalInConstantTime, Secret } from './secret.ts'

test('a secret prints nowhere: not as text, JSON, inspection or log line', () => {
  const secret = new Secret('correct horse')
  const printed = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
    format('%s %o %j', secret, secret, secret),
    Object.values(secret).join(),
  ]
  for (const text of printed) assert.ok(!text.includes('horse'), text)
  assert.equal(secret.reveal(), 'correct horse')
})

test('constant-time comparison agrees with comparison, for any text of octets', () => {
  const octets = fc.string({ unit: fc.nat(255).map(code => String.fromCharCode(code)) })
  fc.assert(
    fc.property(octets, octets, (a, b) => {
      assert.equal(equalInConstantTime(a, b), a === b)
      assert.equal(equalInConstantTime(a, a), true)
    }),
  )
})
