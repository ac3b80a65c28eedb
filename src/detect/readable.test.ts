import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { hidesWords } from './readable.ts'

const SENTENCE = 'the parcel leaves at noon tomorrow'

test('G12: words are read behind hexadecimal digits and base64', () => {
  assert.ok(hidesWords(Buffer.from(SENTENCE).toString('hex')))
  assert.ok(hidesWords(Buffer.from(SENTENCE).toString('hex').toUpperCase()))
  assert.ok(hidesWords(Buffer.from(SENTENCE).toString('base64')))
  assert.ok(hidesWords(Buffer.from(SENTENCE).toString('base64url')))
  const framed = `z9hG4bK${Buffer.from(SENTENCE).toString('hex')}@host`
  assert.ok(hidesWords(framed, 7, framed.indexOf('@')))
})

test('no identifier that chance or a hash made is taken for words', () => {
  for (let n = 0; n < 20_000; n += 1) {
    const hash = createHash('md5').update(String(n))
    const octets = hash.digest()
    assert.ok(!hidesWords(octets.toString('hex')))
    assert.ok(!hidesWords(octets.toString('base64')))
    const digits = octets.reduce((text, octet) => text + String(octet % 100).padStart(2, '0'), '')
    assert.ok(!hidesWords(digits), digits)
  }
})

test('a number in hexadecimal that was encoded once more is none, as some telephones send it', () => {
  const number = createHash('md5').update('x').digest('hex')
  assert.ok(!hidesWords(Buffer.from(number).toString('base64')))
  assert.ok(!hidesWords(Buffer.from(number).toString('hex')))
  assert.ok(!hidesWords('6434396633623535313363340133343333313138393833'))
  assert.ok(!hidesWords('MzQ5MjE3ZGQzYjE0YmU0ZmY3OWI4YTU2NTM1ZGE2NzY.'))
})

test('names, words in clear and short texts are no hidden words', () => {
  for (const text of [
    '',
    'alice',
    'onereallyreallyreallyreallyreallylongidentifier',
    '3c26700c1adc-vn9b2ho5jrqg',
  ])
    assert.ok(!hidesWords(text), text)
})
