import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../base/limits.ts'
import { endOfQuoted, parseParams } from './params.ts'

function entriesOf(text: string): readonly (readonly [string, string])[] | string {
  const params = parseParams(text, 0)
  return params.ok ? params.value.entries() : params.error.refusal
}

test('parameters are names and values, quoted ones as written, names in lower case', () => {
  assert.deepEqual(entriesOf(';Tag=A-b ; expires = 3600;ob;x="a;b,\\"c"'), [
    ['tag', 'A-b'],
    ['expires', '3600'],
    ['ob', ''],
    ['x', '"a;b,\\"c"'],
  ])
  assert.deepEqual(entriesOf(''), [])
  assert.deepEqual(entriesOf('  '), [])
})

test('a value may be a host, an address, an absolute form, bare UTF-8 or base64 with its equals signs', () => {
  assert.deepEqual(entriesOf(';a=[2001:db8::1];b=192.0.2.1:5060;c=sip:x@y;d=\xc3\xa9;e=YQ=='), [
    ['a', '[2001:db8::1]'],
    ['b', '192.0.2.1:5060'],
    ['c', 'sip:x@y'],
    ['d', '\xc3\xa9'],
    ['e', 'YQ=='],
  ])
})

test('an equals sign without a value is the name alone', () => {
  assert.deepEqual(entriesOf(';tag='), [['tag', '']])
  assert.deepEqual(entriesOf(';tag= ;x'), [
    ['tag', ''],
    ['x', ''],
  ])
})

test('an empty parameter, a double name, an open quote, an open end are refused', () => {
  for (const text of [
    ';',
    ';;a',
    ';a;',
    ';=x',
    ';a;A=1',
    ';a="x',
    ';a="x\\"',
    ';a="x"y',
    ';a b',
    'a',
    ';a,b',
    ';a=<x>',
    ';a=\x01',
  ])
    assert.equal(entriesOf(text), 'params-malformed', text)
})

test('a quoted value holds no control character, escaped or not', () => {
  assert.deepEqual(entriesOf(';a="\t\xff"'), [['a', '"\t\xff"']])
  for (const code of [0, 1, 10, 13, 31, 127])
    assert.equal(entriesOf(`;a="\\${String.fromCharCode(code)}"`), 'params-malformed', String(code))
})

test('the number of parameters is bounded, since names are compared with one another', () => {
  const text = (count: number): string => Array.from({ length: count }, (_, i) => `;p${i}`).join('')
  assert.equal(entriesOf(text(LIMITS.maxParams)).length, LIMITS.maxParams)
  assert.equal(entriesOf(text(LIMITS.maxParams + 1)), 'params-malformed')
})

test('a quoted string ends at the first quote that no backslash escapes', () => {
  const endOf = (text: string): number => endOfQuoted(Buffer.from(text), 0, text.length)
  assert.equal(endOf('"abc" "'), 5)
  assert.equal(endOf('"a\\"b"'), 6)
  assert.equal(endOf('"a\\\\"b"'), 5)
  assert.equal(endOf('"a\\"'), -1)
  assert.equal(endOfQuoted(Buffer.from('"abc"'), 0, 4), -1)
  assert.equal(endOf('"a" \\'), 3)
})
