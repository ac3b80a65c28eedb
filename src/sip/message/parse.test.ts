import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../base/limits.ts'
import { H } from './header-id.ts'
import { INVITE, inviteWith, messageOf, requestOf, responseOf, textOf, verdictOf } from './message-fixture.ts'
import { parseMessage } from './parse.ts'

test('a request is its method, its Request-URI and its fields', () => {
  const request = requestOf(textOf([...INVITE, 'Subject:  lunch ', 'l: 3'], 'abcd'))
  assert.equal(request.method, 'INVITE')
  assert.equal(request.requestUri, 'sip:bob@example.com')
  assert.equal(request.header(H.subject), 'lunch')
  assert.equal(request.count, 8)
  assert.equal(request.body, 'abc')
})

test('a response is its status and its reason, which may be empty or missing', () => {
  const rest = ['Via: SIP/2.0/UDP a.test;branch=z9hG4bK1', ...INVITE.slice(3)]
  assert.equal(responseOf(textOf(['SIP/2.0 200 OK then', ...rest])).reason, 'OK then')
  assert.equal(responseOf(textOf(['SIP/2.0 200 ', ...rest])).reason, '')
  assert.equal(responseOf(textOf(['sip/2.0 200', ...rest])).reason, '')
  assert.equal(responseOf(textOf(['SIP/2.0 699 = 2**3, \xd0\x9f', ...rest])).status, 699)
})

test('MSG-18: a broken status line is silence', () => {
  for (const line of [
    'SIP/2.0 99 x',
    'SIP/2.0 099 x',
    'SIP/2.0 700 x',
    'SIP/2.0 4294967301 x',
    'SIP/2.0  200 x',
    'SIP/2.0 20 x',
    'SIP/2.0 200x',
    'SIP/2.0',
    'SIP/3.0 200 x',
    'SIP/2.0\t200 x',
    'SIP/2.0 200 a\0b',
    'SIP/2.0 200 a\nb',
    'SIP/2.0 200 a\rb',
    `SIP/2.0 200 ${'x'.repeat(LIMITS.maxStartLineBytes)}`,
  ]) {
    const parsed = parseMessage(textOf([line, ...INVITE.slice(1)]), true)
    assert.ok(!parsed.ok && parsed.error.refusal === 'status-line-malformed', line)
    assert.deepEqual([parsed.error.status, parsed.error.partial], [0, undefined])
  }
})

test('a request line is three words with one space between, and a version', () => {
  const verdicts = [
    ['INVITE sip:bob@example.com sip/2.0', 'accept'],
    ['INVITE  sip:bob@example.com SIP/2.0', 'request-line-malformed'],
    ['INVITE sip:bob@example.com  SIP/2.0', 'request-line-malformed'],
    ['INVITE sip:bob@example.com SIP/2.0 ', 'request-line-malformed'],
    ['INVITE sip:bob@example.com SIP/2.0\t', 'request-line-malformed'],
    ['INVITE sip:bob@example.com; lr SIP/2.0', 'request-line-malformed'],
    ['INVITE sip:bob@example.com;\tlr SIP/2.0', 'request-line-malformed'],
    ['INVITE sip:bob@example.com SIP/2.0 SIP/2.0', 'request-line-malformed'],
    ['INVITE SIP/2.0', 'request-line-malformed'],
    ['INVITE sip:bob@example.com SIP/2', 'request-line-malformed'],
    ['INVITE sip:bob@example.com SIP/a.b', 'request-line-malformed'],
    ['INVITE sip:bob@example.com SIP/', 'request-line-malformed'],
    ['INVITE sip:bob\r@example.com SIP/2.0', 'bare-line-end'],
    ['INVITE sip:bob\n@example.com SIP/2.0', 'bare-line-end'],
    ['INVITE\tsip:bob@example.com SIP/2.0', 'method-malformed'],
    ['INV"ITE sip:bob@example.com SIP/2.0', 'method-malformed'],
    ['INV\nITE sip:bob@example.com SIP/2.0', 'method-malformed'],
    ['INVITE <sip:bob@example.com> SIP/2.0', 'uri-malformed'],
    [' INVITE sip:bob@example.com SIP/2.0', 'not-sip'],
    ['INVITE\tsip:bob@example.com\tSIP/2.0', 'not-sip'],
    ['INVITE sip:bob@example.com', 'not-sip'],
    ['GET / HTTP/1.1', 'not-sip'],
    ['INVITE', 'not-sip'],
  ] as const
  for (const [line, verdict] of verdicts) assert.equal(verdictOf(inviteWith('INVITE', line)), verdict, line)
})

test('MSG-09: another version is 505', () => {
  for (const version of ['SIP/1.0', 'SIP/7.0', 'SIP/2.1', 'SIP/02.0', 'SIP/2.00', 'sip/20.0'])
    assert.equal(
      verdictOf(inviteWith('INVITE', `INVITE sip:bob@example.com ${version}`)),
      'version-not-supported',
      version,
    )
})

test('MSG-16: a start line beyond its bound is 414, whatever stands at its end', () => {
  const long = `INVITE sip:${'b'.repeat(LIMITS.maxStartLineBytes)}@example.com SIP/2.0`
  assert.equal(verdictOf(inviteWith('INVITE', long)), 'start-line-too-long')
  assert.equal(verdictOf(inviteWith('INVITE', long.slice(0, -8))), 'start-line-too-long')
  assert.equal(verdictOf(inviteWith('INVITE', long.replace('INVITE ', 'INVITE'))), 'not-sip')
  const parsed = parseMessage(inviteWith('INVITE', long), true)
  assert.ok(!parsed.ok && parsed.error.partial?.topViaResult.ok)
})

test('empty lines before the start line are skipped; nothing but empty lines is nothing', () => {
  assert.equal(verdictOf(`\r\n\r\n${textOf(INVITE)}`), 'accept')
  assert.equal(verdictOf(''), 'empty')
  assert.equal(verdictOf('\r\n\r\n\r\n'), 'empty')
  assert.equal(verdictOf('\0\0\0\0'), 'not-sip')
  assert.equal(verdictOf(textOf(INVITE).replaceAll('\r\n', '\n')), 'not-sip')
})

test('MSG-02: names in any case, compact, with blanks before the colon, and values over several lines', () => {
  const request = requestOf(
    textOf([
      'INVITE sip:bob@example.com SIP/2.0',
      'v \t: SIP/2.0/UDP',
      ' 192.0.2.4',
      '\t;branch=z9hG4bKnashds8',
      'mAX-fORWARDS:70',
      'F:',
      ' "Alice"   ',
      '   <sip:alice@example.com>;tag=1',
      't: sip:bob@example.com',
      'I: a84b4c76e66710',
      'CSEQ: 1',
      '  INVITE',
      's:',
      'l:',
      '\t0',
    ]),
  )
  assert.equal(request.topVia.text, 'SIP/2.0/UDP 192.0.2.4 ;branch=z9hG4bKnashds8')
  assert.equal(request.header(H.from), '"Alice" <sip:alice@example.com>;tag=1')
  assert.deepEqual(request.cseq, { number: 1, method: 'INVITE' })
  assert.equal(request.maxForwards, 70)
  assert.equal(request.header(H.subject), '')
  assert.equal(request.nameAt(0), 'v')
})

test('a line is a name, a colon and a value', () => {
  for (const line of [
    'Subject',
    'Sub ject: x',
    ': x',
    'Sub"ject: x',
    'Sub\xe9ject: x',
    'Subject; x',
    'Sub\0: x',
  ])
    assert.equal(verdictOf(inviteWith('Max-Forwards', line)), 'header-without-colon', line)
  assert.equal(verdictOf(textOf([INVITE[0], ' Via: x', ...INVITE.slice(1)])), 'header-without-colon')
})

test('a line ends with CR LF and with nothing else, and what follows another end is not believed', () => {
  for (const value of [
    'a\nX-Evil: 1',
    'a\rX-Evil: 1',
    'a\r\rX-Evil: 1',
    'a\n\r\nX-Evil: 1',
    'a\r',
    '\r',
    'a\n \tb',
  ]) {
    const text = inviteWith('Max-Forwards', `Subject: ${value}`)
    const parsed = parseMessage(text, true)
    assert.ok(!parsed.ok && parsed.error.refusal === 'bare-line-end', JSON.stringify(value))
    assert.deepEqual([parsed.error.partial?.count, parsed.error.partial?.named('x-evil')], [1, undefined])
  }
})

test('a fold of blanks only is refused: others take it for the end of the header', () => {
  assert.equal(verdictOf(inviteWith('Max-Forwards', 'Subject: a\r\n \t\r\nX-Evil: 1')), 'blank-fold')
  assert.equal(verdictOf(inviteWith('Max-Forwards', 'Subject:\r\n ')), 'blank-fold')
  assert.equal(verdictOf(inviteWith('Max-Forwards', 'Subject: a\r\n \r\n b')), 'blank-fold')
  assert.equal(verdictOf(inviteWith('Max-Forwards', 'Subject:\r\n a\r\n b')), 'accept')
})

test('NUL stands nowhere but escaped in the display name of From and To', () => {
  assert.equal(verdictOf(inviteWith('To', 'To: "a\\\0b" <sip:bob@example.com>')), 'accept')
  assert.equal(verdictOf(inviteWith('From', 'f: "a\\\\\\\0b" <sip:bob@example.com>;tag=1')), 'accept')
  for (const [name, line] of [
    ['To', 'To: "a\0b" <sip:bob@example.com>'],
    ['To', 'To: "a\\\\\0b" <sip:bob@example.com>'],
    ['Max-Forwards', 'Subject: a\0b'],
    ['Max-Forwards', 'Contact: "a\\\0b" <sip:bob@example.com>'],
    ['Max-Forwards', 'X:\0'],
    ['Call-ID', 'Call-ID: a\0b'],
  ] as const) {
    assert.equal(verdictOf(inviteWith(name, line)), 'nul-in-header', line)
  }
  assert.equal(verdictOf(textOf([...INVITE, 'Content-Length: 3'], 'a\0b')), 'accept')
})

test('MSG-03: of a datagram Content-Length counts, and without one all of it', () => {
  assert.equal(messageOf(textOf([...INVITE, 'Content-Length: 2'], 'abcd')).body, 'ab')
  assert.equal(messageOf(textOf(INVITE, 'abcd')).body, 'abcd')
  assert.equal(
    verdictOf(textOf([...INVITE, 'Content-Length: 5'], 'abcd')),
    'body-shorter-than-content-length',
  )
})

test('MSG-04: a frame without Content-Length is refused', () => {
  assert.equal(verdictOf(textOf(INVITE), false), 'content-length-missing')
  assert.equal(verdictOf(textOf([...INVITE, 'l: 0']), false), 'accept')
})

test('MSG-04: Content-Length is digits and nothing else', () => {
  for (const value of [
    '',
    '-1',
    '+1',
    '1.0',
    '0x1',
    '1 1',
    '1,1',
    '"1"',
    '1;x',
    'one',
    '\t',
    '1\r\n 1',
    '1\x0b',
    '\xa01',
    '1e1',
    '١',
  ])
    assert.equal(
      verdictOf(textOf([...INVITE, `Content-Length: ${value}`], 'a'.repeat(20))),
      'content-length-malformed',
      value,
    )
  assert.equal(messageOf(textOf([...INVITE, 'Content-Length:\r\n 0002 '], 'abcd')).body, 'ab')
})

test('MSG-06: a second Content-Length is refused, in either form and even when it says the same', () => {
  for (const [first, second] of [
    ['Content-Length: 2', 'Content-Length: 4'],
    ['l: 2', 'Content-Length: 4'],
    ['Content-Length: 2', 'L : 2'],
  ] as const) {
    assert.equal(verdictOf(textOf([...INVITE, first, second], 'abcd')), 'duplicate-header')
  }
})

test('MSG-16: header fields, one field, all fields and the body have bounds', () => {
  const many = Array.from({ length: LIMITS.maxHeaders - INVITE.length + 1 }, (_, i) => `X-${i}: y`)
  assert.equal(verdictOf(textOf([...INVITE, ...many])), 'accept')
  assert.equal(verdictOf(textOf([...INVITE, ...many, 'X: y'])), 'too-many-headers')
  const large = `Subject: ${'x'.repeat(LIMITS.maxHeaderBytes - 9)}`
  assert.equal(verdictOf(textOf([...INVITE, large])), 'accept')
  assert.equal(verdictOf(textOf([...INVITE, `${large}x`])), 'header-too-large')
  assert.equal(verdictOf(textOf([...INVITE, large, large, large, large])), 'headers-too-large')
  assert.equal(verdictOf(textOf([...INVITE, large, large, large, large, large, ''])), 'headers-too-large')
  const body = 'x'.repeat(LIMITS.maxBodyBytes)
  assert.equal(verdictOf(textOf(INVITE, body)), 'accept')
  assert.equal(verdictOf(textOf(INVITE, `${body}x`)), 'body-too-large')
  assert.equal(
    verdictOf(textOf([...INVITE, `Content-Length: ${LIMITS.maxBodyBytes + 1}`], 'x')),
    'body-too-large',
  )
  assert.equal(verdictOf(textOf([...INVITE, `Content-Length: ${'9'.repeat(400)}`], 'x')), 'body-too-large')
})

test('a header that no empty line ends is refused, with what could be read', () => {
  const text = INVITE.join('\r\n')
  for (const cut of [text, `${text}\r`, `${text}\r\n`]) {
    const parsed = parseMessage(cut, true)
    assert.ok(!parsed.ok && parsed.error.refusal === 'headers-not-ended')
    assert.equal(parsed.error.partial?.fromResult.ok, true)
  }
})
