import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endOfElement, splitList } from './list.ts'

test('a comma divides outside quotes and brackets only', () => {
  assert.deepEqual(splitList('a, b ,c'), ['a', 'b', 'c'])
  assert.deepEqual(splitList('"x, y" <sip:a,b@c>, <sip:d>;p="e,f"'), [
    '"x, y" <sip:a,b@c>',
    '<sip:d>;p="e,f"',
  ])
  assert.deepEqual(splitList('"a\\",b", c'), ['"a\\",b"', 'c'])
})

test('elements may be empty, and the first of them too', () => {
  assert.deepEqual(splitList(''), [''])
  assert.deepEqual(splitList(','), ['', ''])
  assert.deepEqual(splitList('a,,b,'), ['a', '', 'b', ''])
})

test('an open quote or bracket swallows the rest', () => {
  assert.deepEqual(splitList('a, "b, c'), ['a', '"b, c'])
  assert.deepEqual(splitList('a, <b, c'), ['a', '<b, c'])
  assert.deepEqual(splitList('a, "b\\'), ['a', '"b\\'])
})

test('octets that are no blanks stay: 160 and 11 are half a letter and a control character', () => {
  assert.deepEqual(splitList('a\xa0, \x0bb'), ['a\xa0', '\x0bb'])
})

test('what was split and joined again splits the same', () => {
  const piece = fc.constantFrom('a', ',', '"', '<', '>', '\\', ' ', ';')
  fc.assert(
    fc.property(fc.array(piece), pieces => {
      const elements = splitList(pieces.join(''))
      const joined = elements.join(',')
      assert.deepEqual(splitList(joined), elements.length === 1 ? splitList(elements[0] ?? '') : elements)
      assert.ok(endOfElement(joined, 0, joined.length) <= joined.length)
    }),
  )
})
