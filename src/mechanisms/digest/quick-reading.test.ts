import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { scanCredentials } from '../../sip/headers/scan-credentials.ts'
import { parsedCredentials } from './answer.ts'
import { answer, policy } from './test-realm.ts'

const NAMES = [
  'username',
  'username*',
  'realm',
  'nonce',
  'uri',
  'response',
  'algorithm',
  'qop',
  'nc',
  'cnonce',
  'opaque',
  'userhash',
]

const oddName = fc.constantFrom(
  '',
  'usernam',
  'usernamee',
  'x',
  'uri ',
  'r@alm',
  'username\x0a',
  'nc\xff',
  'QOP',
)
const name = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 4, arbitrary: fc.constantFrom(...NAMES).map(text => text.toUpperCase()) },
  { weight: 1, arbitrary: oddName },
)
const value = fc.oneof(
  { weight: 10, arbitrary: fc.stringMatching(/^"[ -!#-[\]-~]{0,20}"$/) },
  { weight: 10, arbitrary: fc.stringMatching(/^[0-9a-zA-Z:/]{1,9}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '"',
      '"a',
      '=',
      '==',
      'a"b',
      '"a\\"b"',
      '"\x01"',
      '"\t"',
      '"\xfc"',
      '\xfc',
      'a\tb',
    ),
  },
)
const separator = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(',', ', ') },
  { weight: 1, arbitrary: fc.constantFrom('', ' ,', ',,', ',\t', ' ') },
)
const start = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('Digest ', 'digest ', 'DIGEST  ') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', ' Digest ', 'Digest', 'Digest\t', 'Digesu ', 'Basic ', 'D)gest '),
  },
)
const row = fc
  .tuple(start, fc.array(fc.tuple(name, value, separator), { maxLength: 14 }), fc.boolean())
  .map(([scheme, params, isOpen]) => {
    const list = params.map(([key, text, after]) => `${key}=${text}${after}`).join('')
    return scheme + (isOpen ? list : list.replace(/[, ]+$/, ''))
  })

test('what the quick reading of credentials reads, the thorough one reads alike', () => {
  let read = 0
  fc.assert(
    fc.property(row, text => {
      const quick = scanCredentials(text)
      if (quick === undefined) return
      read += 1
      assert.deepEqual(quick, parsedCredentials(text), text)
    }),
    { numRuns: 2000 },
  )
  assert.ok(read > 200, `${read} of 2000 were read`)
})

test('of any text the quick reading says what the thorough one says, or nothing', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 }).map(each => `Digest ${each}`)
  fc.assert(
    fc.property(text, each => {
      const quick = scanCredentials(each)
      if (quick !== undefined) assert.deepEqual(quick, parsedCredentials(each))
    }),
  )
})

test('the row of a client of ours is read quickly; one of three thousand characters is not, and means the same', () => {
  const { value: plain } = answer(policy())
  assert.deepEqual(scanCredentials(plain), parsedCredentials(plain))
  assert.notEqual(scanCredentials(plain), undefined)
  const long = plain.replace(/cnonce="/, `cnonce="${'x'.repeat(3000)}`)
  assert.equal(scanCredentials(long), undefined)
})
