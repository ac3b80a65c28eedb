import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { firstOdd, isOdd } from './odd-octets.ts'

const ODD = /[^\t\n\r -#(-[\]-_a-z~]/

test('odd are control characters, marks that headers rarely hold, and all beyond ASCII', () => {
  for (let code = 0; code < 256; code += 1)
    assert.equal(isOdd(code), ODD.test(String.fromCharCode(code)), `0x${code.toString(16)}`)
})

test('the first odd octet is found wherever it stands, and the end where there is none', () => {
  const text = fc.string({ unit: fc.nat(255).map(code => String.fromCharCode(code)), maxLength: 100 })
  const plain = fc.string({
    unit: fc.constantFrom('a', ' ', ':', '\r', '\n', '<', '<sip', '<Tel', '<svg', '.', ')', '('),
    maxLength: 60,
  })
  fc.assert(
    fc.property(plain, text, plain, fc.nat(40), (before, middle, after, from) => {
      const whole = before + middle + after
      const at = Math.min(from, whole.length)
      const found = whole.slice(at).search(ODD)
      assert.equal(firstOdd(whole, at, whole.length), found < 0 ? whole.length : at + found)
    }),
  )
})

test('a text beyond the usual size is looked at all the same', () => {
  const text = `${'a'.repeat(200_000)}'`
  assert.equal(firstOdd(text, 0, text.length), 200_000)
  assert.equal(firstOdd(text, 0, 1000), 1000)
})
