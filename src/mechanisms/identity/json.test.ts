import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { octetsOfBase64url } from './base64url.ts'
import { type Json, readJsonObject, writeJson } from './json.ts'

const read = (text: string) => readJsonObject(Buffer.from(text, 'utf8'))

test('what the platform writes is read as the platform reads it, and written back in one form', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), object => {
      const text = JSON.stringify(object)
      fc.pre(text.isWellFormed() && !/\\ud[89a-f]/i.test(text))
      const value = read(text)
      assert.ok(value !== undefined, text)
      assert.deepEqual(JSON.parse(writeJson(value)), JSON.parse(text))
      assert.equal(writeJson(value), writeJson(read(writeJson(value)) ?? null))
    }),
  )
})

test('random text is read only where the platform reads an object, and never thrown at', () => {
  const marks = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    'u',
    '0',
    '1',
    '-',
    '.',
    'e',
    'true',
    ' ',
    '\n',
    'a',
  )
  fc.assert(
    fc.property(fc.array(marks, { maxLength: 20 }), parts => {
      const text = parts.join('')
      if (read(text) !== undefined) assert.equal(typeof JSON.parse(text), 'object')
    }),
    { numRuns: 2000 },
  )
})

test('a key that stands twice is refused, however it is written and how deep (STV-08)', () => {
  assert.equal(read('{"orig":1,"orig":2}'), undefined)
  assert.equal(read('{"orig":1,"\\u006frig":2}'), undefined)
  assert.equal(read('{"a":[{"b":1,"b":1}]}'), undefined)
  assert.ok(read('{"a":{"b":1},"b":1}'))
})

test('a key of JavaScript’s own is a key like any other', () => {
  const value = read('{"__proto__":{"tn":"1"},"constructor":1}')
  assert.deepEqual(Object.keys(value ?? {}), ['__proto__', 'constructor'])
  assert.equal(value?.tn, undefined)
  assert.equal(read('{}')?.toString, undefined)
})

test('only an object is read, to its end', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '"a"',
    '1',
    '{} {}',
    '{}x',
    '{',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
  ])
    assert.equal(read(text), undefined, text)
  assert.deepEqual({ ...read(' {"a" : [ ] }\n') }, { a: [] })
})

test('numbers, words and strings are those of RFC 8259', () => {
  const value = (text: string): Json | undefined => read(`{"a":${text}}`)?.a
  for (const text of [
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '0x1',
    'NaN',
    'Infinity',
    '1e999',
    'True',
    'nul',
    '"\t"',
    '"\\x"',
    '"\\ud800"',
  ])
    assert.equal(value(text), undefined, text)
  assert.equal(value('-0.5e2'), -50)
  assert.equal(value('"\\u00e9\\n"'), 'é\n')
  assert.equal(value('"\\ud83d\\ude00"'), '😀')
})

test('octets that are no UTF-8 are refused', () => {
  assert.equal(readJsonObject(Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d])), undefined)
})

test('depth and number of values are bounded', () => {
  assert.equal(read(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`), undefined)
  assert.equal(read(`{"a":[${'1,'.repeat(2000)}1]}`), undefined)
})

test('keys stand in the order of their code points (RFC 8225 §9)', () => {
  assert.equal(writeJson({ b: 1, a: [true, null, 'x"'], B: {} }), '{"B":{},"a":[true,null,"x\\""],"b":1}')
  // U+FF61 is below U+10000, though UTF-16 has it above.
  assert.equal(writeJson({ '\u{10000}': 1, '\uff61': 2 }), '{"\uff61":2,"\u{10000}":1}')
})

test('octets have one text in base64url', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), octets => {
      const text = Buffer.from(octets).toString('base64url')
      assert.deepEqual(octetsOfBase64url(text), Buffer.from(octets))
    }),
  )
  for (const text of ['', 'A', 'AA==', 'AB', '+/8', 'AA\n', 'A A', 'AAAA.'])
    assert.equal(octetsOfBase64url(text), undefined, text)
})
