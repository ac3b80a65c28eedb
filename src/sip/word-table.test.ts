import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WordTable } from './word-table.ts'

const words = ['', 'via', 'vat', 'v-a', 'Call-ID', 'x'.repeat(31)]

test('a word is found where it lies, and nothing but it', () => {
  const exact = new WordTable(words, false)
  const folded = new WordTable(words, true)
  const octets = (text: string): Buffer => Buffer.from(`..${text}..`, 'latin1')
  for (const [number, word] of words.entries()) {
    assert.equal(exact.find(octets(word), 2, 2 + word.length), number)
    assert.equal(folded.find(octets(word.toUpperCase()), 2, 2 + word.length), number)
  }
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.nat(32), fc.nat(255), (word, at, code) => {
      const changed = word.slice(0, at) + String.fromCharCode(code) + word.slice(at + 1)
      assert.equal(exact.find(octets(changed), 2, 2 + changed.length), Math.max(0, words.indexOf(changed)))
    }),
  )
  assert.equal(folded.find(octets('vib'), 2, 5), 0)
  assert.equal(folded.find(octets('y'.repeat(40)), 2, 42), 0)
})
