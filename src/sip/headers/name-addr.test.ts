import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type NameAddr, parseNameAddr } from './name-addr.ts'

function nameAddrOf(text: string): NameAddr {
  const read = parseNameAddr(text)
  assert.ok(read.ok, text)
  return read.value
}

function refuses(...texts: readonly string[]): void {
  for (const text of texts) {
    const read = parseNameAddr(text)
    assert.ok(!read.ok && read.error.refusal === 'name-addr-malformed', JSON.stringify(text))
  }
}

test('a name-addr has a display name, a URI in brackets and header parameters', () => {
  const read = nameAddrOf('"Bob \\"B\\" <x>, Jr." <sip:bob@example.com;lr> ; tag = 7f ;q=0.5')
  assert.equal(read.displayName, '"Bob \\"B\\" <x>, Jr."')
  assert.equal(read.uriText, 'sip:bob@example.com;lr')
  assert.equal(read.uri.params.has('lr'), true)
  assert.equal(read.tag, '7f')
  assert.equal(read.params.get('q'), '0.5')
})

test('MSG-10: without brackets what follows the semicolon belongs to the header', () => {
  const read = nameAddrOf('sip:bob@example.com;tag=7f;transport=tcp')
  assert.equal(read.uriText, 'sip:bob@example.com')
  assert.equal(read.tag, '7f')
  assert.equal(read.params.get('transport'), 'tcp')
  assert.equal(read.uri.params.size, 0)
})

test('MSG-10: a URI with comma or question mark needs brackets (RFC 8217 §3)', () => {
  refuses('sip:a,b@example.com', 'sip:bob@example.com?Subject=x', 'sip:bob@example.com,x')
  assert.equal(nameAddrOf('<sip:a,b@example.com?Subject=x>').uri.user, 'a,b')
})

test('an angle bracket in a parameter does not make brackets of its own', () => {
  const read = nameAddrOf('sip:bob@example.com;x="<sip:eve@example.net>"')
  assert.equal(read.uri.user, 'bob')
  assert.equal(nameAddrOf('<sip:bob@example.com>;x="<sip:eve@example.net>"').uri.user, 'bob')
})

test('a display name is quoted or made of tokens; bare UTF-8 is tolerated', () => {
  assert.equal(nameAddrOf('Bob  B. <sip:bob@example.com>').displayName, 'Bob  B.')
  assert.equal(nameAddrOf('Bob<sip:bob@example.com>').displayName, 'Bob')
  assert.equal(nameAddrOf('B\xc3\xa0 <sip:bob@example.com>').displayName, 'B\xc3\xa0')
  assert.equal(nameAddrOf('  <sip:bob@example.com>').displayName, '')
  refuses('Bob, B <sip:bob@example.com>', 'Bob@x <sip:bob@example.com>', 'B"ob" <sip:bob@example.com>')
  refuses('"Bob <sip:bob@example.com>', '"Bob" sip:bob@example.com', '"Bob\\" <sip:bob@example.com>')
})

test('brackets close, hold one URI and nothing else', () => {
  refuses(
    '<sip:bob@example.com',
    '<>',
    '<<sip:bob@example.com>>',
    '< sip:bob@example.com >',
    '<bob@example.com>',
  )
  refuses('<sip:bob@example.com> x', '<sip:bob@example.com>,<sip:eve@example.com>', '', ' ', 'bob', '"Bob"')
})

test('a tag without value is no tag: a first request must not pass for one inside a dialog', () => {
  for (const text of ['<sip:bob@example.com>;tag', '<sip:bob@example.com>;tag=', 'sip:bob@example.com;tag='])
    assert.equal(nameAddrOf(text).tag, undefined, text)
  refuses('<sip:bob@example.com>;tag;tag=1')
})
