import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { quoted } from './quoted.ts'

test('addresses stay readable', () => {
  assert.equal(quoted('alice@example.test'), '"alice@example.test"')
  assert.equal(quoted("O'Brien"), '"O\\x27Brien"')
})

test('nothing that a terminal, a page, a log reader or a shell acts on passes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
      const said = quoted(text)
      assert.match(said, /^"[ !#()*+,\-./0-9:;=@A-Z\\_a-z~]*…?"$/)
    }),
  )
})

test('a long text is cut, and says so', () => {
  assert.equal(quoted('a'.repeat(100), 10), '"aaaaaaaaaa…"')
})
