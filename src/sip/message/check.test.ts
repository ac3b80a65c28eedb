import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../base/limits.ts'
import { INVITE, inviteWith, requestOf, textOf, verdictOf } from './message-fixture.ts'
import { parseMessage } from './parse.ts'

test('MSG-06: Via, From, To, Call-ID and CSeq must be there', () => {
  for (const name of ['Via', 'From', 'To', 'Call-ID', 'CSeq'])
    assert.equal(verdictOf(inviteWith(name, undefined)), 'missing-header', name)
  assert.equal(verdictOf(inviteWith('Max-Forwards', undefined)), 'accept')
})

test('MSG-06: what may stand once stands once, in long and compact form together', () => {
  for (const [first, second] of [
    ['From: sip:a@b', 'f: sip:a@b'],
    ['To: sip:a@b', 't: sip:a@b'],
    ['Call-ID: a', 'i: a'],
    ['CSeq: 1 INVITE', 'cseq: 1 INVITE'],
    ['Max-Forwards: 1', 'MAX-FORWARDS: 1'],
    ['Content-Type: a/b', 'c: a/b'],
    ['Content-Length: 0', 'l: 0'],
    ['Event: a', 'o: a'],
    ['Refer-To: sip:a@b', 'r: sip:a@b'],
    ['Replaces: a;to-tag=1;from-tag=2', 'Replaces: b;to-tag=1;from-tag=2'],
    ['Date: Sat, 13 Nov 2010 23:29:00 GMT', 'Date: Sat, 13 Nov 2010 23:29:01 GMT'],
  ] as const) {
    assert.equal(verdictOf(textOf([...INVITE, first, second])), 'duplicate-header', first)
  }
})

test('MSG-01: list fields stand as often as they like', () => {
  const twice = [
    'Route: <sip:a;lr>',
    'Route: <sip:b;lr>, <sip:c;lr>',
    'Contact: <sip:a>',
    'm: <sip:b>',
    'Allow: A',
    'Allow: B',
  ]
  const request = requestOf(
    textOf([...INVITE, ...twice, 'Proxy-Authorization: Digest a=b, c=d', 'Proxy-Authorization: X y']),
  )
  assert.deepEqual(request.list(8), ['<sip:a;lr>', '<sip:b;lr>', '<sip:c;lr>'])
  assert.deepEqual(request.headers(14), ['Digest a=b, c=d', 'X y'])
})

test('each field that every element needs is refused by its own name', () => {
  for (const [name, line, refusal] of [
    ['Via', 'Via: SIP/2.0/UDP', 'via-malformed'],
    ['Via', 'Via: SIP/2.0/UDP a.test;branch=z9hG4bK', 'via-malformed'],
    ['Via', 'Via: ,SIP/2.0/UDP a.test;branch=z9hG4bK1', 'via-malformed'],
    ['From', 'From: Bob, B <sip:bob@example.com>;tag=1', 'from-malformed'],
    ['From', 'From: sip:a@b;tag=1, sip:c@d;tag=2', 'from-malformed'],
    ['From', 'From:', 'from-malformed'],
    ['To', 'To: "Bob <sip:bob@example.com>', 'to-malformed'],
    ['To', 'To: sip:bob@example.com?x=y', 'to-malformed'],
    ['Call-ID', 'Call-ID:', 'call-id-malformed'],
    ['Call-ID', 'Call-ID: a b', 'call-id-malformed'],
    ['Call-ID', 'Call-ID: a\r\n b', 'call-id-malformed'],
    ['Call-ID', 'Call-ID: a\x0b', 'call-id-malformed'],
    ['Call-ID', 'Call-ID: \xa0a', 'call-id-malformed'],
    ['CSeq', 'CSeq: 4294967296 INVITE', 'cseq-malformed'],
    ['CSeq', 'CSeq: 1 invite', 'cseq-method-mismatch'],
    ['CSeq', 'CSeq: 1 OPTIONS', 'cseq-method-mismatch'],
    ['Max-Forwards', 'Max-Forwards: ', 'max-forwards-malformed'],
    ['Max-Forwards', 'Max-Forwards: -1', 'max-forwards-malformed'],
    ['Max-Forwards', 'Max-Forwards: 70;x', 'max-forwards-malformed'],
    ['Max-Forwards', 'Max-Forwards: 00000000070', 'max-forwards-malformed'],
    ['INVITE', 'INVITE sip:bob@ SIP/2.0', 'uri-malformed'],
    ['INVITE', 'INVITE sip:bob@example.com\0 SIP/2.0', 'uri-malformed'],
    ['INVITE', 'INVITE sip:bob@example.com?Route=x SIP/2.0', 'request-uri-with-headers'],
    ['INVITE', 'INVITE http://example.com/ SIP/2.0', 'unknown-scheme'],
    ['INVITE', 'INVITE tel:+12015550123 SIP/2.0', 'accept'],
  ] as const) {
    assert.equal(verdictOf(inviteWith(name, line)), refusal, line)
  }
})

test('MSG-07: a field that nobody needs may be broken', () => {
  const lines = [
    'Date: yesterday',
    'Subject: a',
    'Subject: b',
    'Warning: x',
    'Expires: -1',
    'Contact: ,',
    'X: "<;',
  ]
  assert.equal(verdictOf(textOf([...INVITE, ...lines])), 'accept')
})

test('MSG-08: an unknown method and unknown fields are no reason to refuse', () => {
  const lines = ['Made-Up: x', "!%*_+`'~: y", 'Q: z']
  const text = textOf([...INVITE, ...lines]).replaceAll('INVITE', 'new-METHOD!')
  assert.equal(verdictOf(text), 'accept')
})

test('MSG-05: Max-Forwards above 255 counts as none', () => {
  for (const [value, hops] of [
    ['0', 0],
    ['0068', 68],
    ['255', 255],
    ['256', undefined],
    ['9999999999', undefined],
  ] as const)
    assert.equal(requestOf(inviteWith('Max-Forwards', `Max-Forwards: ${value}`)).maxForwards, hops)
})

test('MSG-16: Via and Route values are counted over rows and commas, quotes and brackets respected', () => {
  const via = 'SIP/2.0/UDP a.test;branch=z9hG4bK1;x=","'
  const vias = (count: number): string => Array.from({ length: count }, () => via).join(', ')
  assert.equal(verdictOf(inviteWith('Via', `Via: ${vias(LIMITS.maxVias)}`)), 'accept')
  assert.equal(verdictOf(inviteWith('Via', `Via: ${vias(LIMITS.maxVias + 1)}`)), 'too-many-vias')
  assert.equal(verdictOf(inviteWith('Via', `Via: ${vias(LIMITS.maxVias)}\r\nv: ${via}`)), 'too-many-vias')
  assert.equal(
    verdictOf(inviteWith('Via', Array.from({ length: LIMITS.maxVias + 1 }, () => `v: ${via}`).join('\r\n'))),
    'too-many-vias',
  )
  const routes = (count: number): string => Array.from({ length: count }, () => '<sip:a,b@c;lr>').join(',')
  assert.equal(verdictOf(textOf([...INVITE, `Route: ${routes(LIMITS.maxRoutes)}`])), 'accept')
  assert.equal(
    verdictOf(textOf([...INVITE, `Route: ${routes(LIMITS.maxRoutes)}`, 'Route: <sip:x>'])),
    'too-many-routes',
  )
})

test('a To tag without value does not make a request one inside a dialog', () => {
  assert.equal(requestOf(inviteWith('To', 'To: <sip:bob@example.com>;tag=')).to.tag, undefined)
})

test('asking a parsed value of an unchecked message is our mistake and says so', () => {
  const parsed = parseMessage(inviteWith('Via', 'Via: x'), true)
  assert.ok(parsed.ok)
  assert.throws(() => parsed.value.topVia, /was not checked: via-malformed/)
})
