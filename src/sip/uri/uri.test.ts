import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIMITS } from '../../base/limits.ts'
import { parseUri, type Uri } from './uri.ts'

function uriOf(text: string): Uri {
  const uri = parseUri(text)
  assert.ok(uri.ok, text)
  return uri.value
}

function refuses(...texts: readonly string[]): void {
  for (const text of texts) {
    const uri = parseUri(text)
    assert.ok(!uri.ok && uri.error.refusal === 'uri-malformed', JSON.stringify(text))
  }
}

test('a SIP URI is taken apart: user, password, host in lower case, port, parameters, headers', () => {
  const uri = uriOf('SIPS:Bob:pa&ss@Example.COM:5071;Transport=TCP;lr?Subject=hi&to=x')
  assert.equal(uri.scheme, 'sips')
  assert.equal(uri.user, 'Bob')
  assert.equal(uri.password, 'pa&ss')
  assert.equal(uri.host, 'example.com')
  assert.equal(uri.port, 5071)
  assert.deepEqual(uri.params.entries(), [
    ['transport', 'TCP'],
    ['lr', ''],
  ])
  assert.equal(uri.headers, 'Subject=hi&to=x')
})

test('a user part may hold what elsewhere divides a URI (RFC 3261 §19.1.2)', () => {
  const uri = uriOf('sip:ann;day=tuesday?/,&=+$@example.com;x=1')
  assert.equal(uri.user, 'ann;day=tuesday?/,&=+$')
  assert.deepEqual(uri.params.entries(), [['x', '1']])
  assert.equal(uriOf('sip:*72#@example.com').user, '*72#')
})

test('a user part is empty or whole: a second @, a bare bracket, blank, control or 8-bit octet is refused', () => {
  refuses('sip:@example.com', 'sip::secret@example.com', 'sip:a@b@example.com', 'sip:a:b:c@example.com')
  refuses('sip:a b@example.com', 'sip:a\0@example.com', 'sip:a<b@example.com', 'sip:a"b@example.com')
  refuses('sip:\xe9@example.com', 'sip:a\t@example.com', 'sip:a\r\n@example.com')
})

test('a host and a port cannot pass for user and password', () => {
  refuses('sip:example.com:5060;x@192.0.2.1', 'sip:example.com:5060?x@192.0.2.1')
  assert.equal(uriOf('sip:example.com:5060@192.0.2.1').user, 'example.com')
})

test('an escape is % and two hexadecimal digits, anywhere in a URI', () => {
  assert.equal(uriOf('sip:a%00%2f@example.com').user, 'a%00%2f')
  refuses('sip:a%@example.com', 'sip:a%4@example.com', 'sip:a%zz@example.com', 'sip:a:%1@example.com')
  refuses('sip:example.com;a=%', 'sip:example.com;%q=1', 'sip:example.com?a=%2', 'sip:ex%61mple.com')
})

test('MSG-15: IPv6 stands in brackets; without them it is no host', () => {
  assert.equal(uriOf('sip:[2001:DB8::1]').host, '2001:db8::1')
  assert.equal(uriOf('sip:[2001:db8::1]:5070').port, 5070)
  assert.equal(uriOf('sip:bob@[::ffff:192.0.2.1];lr').host, '::ffff:192.0.2.1')
  refuses('sip:2001:db8::1', 'sip:bob@2001:db8::1', 'sip:[2001:db8::1', 'sip:[]', 'sip:[1.2.3.4]')
  refuses('sip:[::1]x', 'sip:[fe80::1%25eth0]', 'sip:[::g]', `sip:[${'1:'.repeat(40)}1]`)
})

test('a port is 0 to 65535 in at most five digits', () => {
  assert.equal(uriOf('sip:example.com:0').port, 0)
  assert.equal(uriOf('sip:example.com:65535').port, 65_535)
  refuses('sip:example.com:', 'sip:example.com:65536', 'sip:example.com:005060', 'sip:example.com:+5060')
  refuses('sip:example.com:5060x', 'sip:example.com: 5060', 'sip:example.com:-1')
})

test('a parameter stands once, by a name that is not empty, and a value that is not', () => {
  refuses('sip:example.com;', 'sip:example.com;;lr', 'sip:example.com;=x', 'sip:example.com;a=')
  refuses(
    'sip:example.com;lr;LR',
    'sip:example.com;a=1;b;a=2',
    'sip:example.com;a=b=c',
    'sip:bob@example.com;a@b',
  )
})

test('MSG-11: an escaped parameter name is that name, so it cannot hide or stand twice', () => {
  assert.equal(uriOf('sip:example.com;m%61ddr=192.0.2.1').params.get('maddr'), '192.0.2.1')
  refuses('sip:example.com;maddr=192.0.2.1;%6daddr=192.0.2.2')
})

test('the number of parameters is bounded', () => {
  const params = (count: number): string => Array.from({ length: count }, (_, i) => `;p${i}`).join('')
  assert.equal(uriOf(`sip:example.com${params(LIMITS.maxParams)}`).params.size, LIMITS.maxParams)
  refuses(`sip:example.com${params(LIMITS.maxParams + 1)}`)
})

test('headers of a URI are visible ASCII with good escapes', () => {
  assert.equal(uriOf('sip:example.com?').headers, '')
  refuses('sip:example.com?a=<b>', 'sip:example.com?a="b"', 'sip:example.com?a b', 'sip:example.com?a=\xff')
})

test('a tel URI has a number and parameters (RFC 3966 §3)', () => {
  const uri = uriOf('TEL:+1-201-555-0123;ext=7;phone-context=example.com')
  assert.equal(uri.scheme, 'tel')
  assert.equal(uri.user, '+1-201-555-0123')
  assert.equal(uri.params.get('ext'), '7')
  refuses('tel:', 'tel:alice@example.com', 'tel:%31', 'tel:1 2', 'tel:1?x=y', 'tel:1;')
})

test('another scheme is opaque: a name of letters, then visible ASCII', () => {
  const uri = uriOf('urn:service:sos')
  assert.equal(uri.scheme, 'urn')
  assert.equal(uri.host, '')
  assert.equal(uriOf('soap.beep://192.0.2.1:3002').scheme, 'soap.beep')
  refuses(
    '',
    ':',
    'sip',
    'sip:',
    'no scheme:x',
    '1a:x',
    'a*b:x',
    'urn:a b',
    'urn:<x>',
    'http:\xff',
    'http:\0',
  )
})

test('a URI is read where it lies, and nothing beyond its end is looked at', () => {
  const text = '<sip:bob@example.com:5060;lr>'
  const whole = parseUri(text, 1, text.length - 1)
  assert.ok(whole.ok && whole.value.text === 'sip:bob@example.com:5060;lr')
  const short = parseUri(text, 1, 20)
  assert.ok(short.ok && short.value.text === 'sip:bob@example.com' && short.value.port === undefined)
  for (const [cut, end] of [
    ['sip:[::1]', 8],
    ['sip:b;a=%41', 10],
    ['sip:b:5060', 6],
    ['sip:a@b', 6],
  ] as const)
    assert.equal(parseUri(cut, 0, end).ok, false, cut)
  for (let end = 1; end < 6; end++) assert.equal(parseUri(text, 1, end).ok, false)
})

test('MSG-17: no text makes it throw, and a range reads like the text alone', () => {
  const piece = fc.constantFrom(
    'sip:',
    'sips:',
    'tel:',
    '@',
    ':',
    ';',
    '?',
    '%41',
    '%',
    '[',
    ']',
    '::',
    'a',
    '=',
    '\0',
    '5060',
  )
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 12 }),
      pieces => {
        const text = pieces.join('')
        assert.deepEqual(parseUri(`xx${text}yy`, 2, 2 + text.length), parseUri(text))
      },
    ),
  )
})
