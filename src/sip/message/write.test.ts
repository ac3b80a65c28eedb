import assert from 'node:assert/strict'
import { test } from 'node:test'
import { H } from './header-id.ts'
import { INVITE, inviteWith, RINGING, requestOf, responseOf, textOf } from './message-fixture.ts'
import { parseMessage } from './parse.ts'
import { buildRequest, writeForwardedRequest, writeForwardedResponse, writeResponse } from './write.ts'

const ours = { via: 'SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKours', maxForwards: 69 }

test('UAS-03: a response copies Via, From, To, Call-ID and CSeq and adds our To tag', () => {
  const text = writeResponse(requestOf(textOf([...INVITE, 'Timestamp: 54', 'Subject: x'])), 180, {
    toTag: 'b2',
  })
  assert.equal(
    text,
    textOf([
      'SIP/2.0 180 Ringing',
      INVITE[1],
      INVITE[3],
      'To: Bob <sip:bob@example.com>;tag=b2',
      INVITE[5],
      INVITE[6],
      'Content-Length: 0',
    ]),
  )
})

test('a 100 gets no tag and carries Timestamp; reason, fields and body are as asked', () => {
  const request = requestOf(textOf([...INVITE, 'Timestamp: 54']))
  const trying = writeResponse(request, 100, { toTag: 'b2' })
  assert.match(trying, /\r\nTo: Bob <sip:bob@example\.com>\r\n.*\r\nTimestamp: 54\r\n/s)
  const text = writeResponse(request, 499, {
    reason: 'Why not',
    headers: [['Warning', '399 a "b"']],
    body: 'hello',
  })
  assert.match(text, /^SIP\/2\.0 499 Why not\r\n.*\r\nWarning: 399 a "b"\r\nContent-Length: 5\r\n\r\nhello$/s)
  assert.match(writeResponse(request, 499), /^SIP\/2\.0 499 Unknown\r\n/)
})

test('a To that has a tag, even one without value, gets no second one', () => {
  for (const to of [
    'To: <sip:bob@example.com>;tag=x',
    'To: <sip:bob@example.com>;tag',
    't:<sip:bob@example.com>;TAG=',
  ]) {
    assert.ok(writeResponse(requestOf(inviteWith('To', to)), 200, { toTag: 'b2' }).includes(`${to}\r\n`))
  }
})

test('the stamp replaces the top Via value; the others stay byte for byte, folds included', () => {
  const request = requestOf(
    inviteWith('Via', 'v:  SIP/2.0/UDP a.test;branch=z9hG4bK1;x="," ,\r\n\tSIP/2.0/TCP  b.test'),
  )
  request.viaStamp = 'SIP/2.0/UDP a.test;branch=z9hG4bK1;received=192.0.2.9'
  const line = `\r\nVia: ${request.viaStamp},\r\n\tSIP/2.0/TCP  b.test\r\n`
  assert.ok(writeResponse(request, 200).includes(line))
  assert.ok(writeForwardedRequest(request, ours).includes(line))
})

test('of a refused request a response quotes the first of each field, and no line whose end is in doubt', () => {
  const text = textOf([...INVITE, 'From: <sip:eve@example.net>', 'Call-ID: other', 'Subject: a\nb'])
  const parsed = parseMessage(text, true)
  assert.ok(!parsed.ok && parsed.error.partial?.kind === 'request')
  const response = writeResponse(parsed.error.partial, 400, { toTag: 'b2' })
  assert.equal(response.split('\r\n').length, 9)
  assert.ok(!response.includes('eve') && !response.includes('other'))
})

test('a forwarded request has our Via on top and Max-Forwards changed; all else leaves byte for byte', () => {
  const odd = ['X-odd \t:  a ;; "\x01\xff', 'Subject:\r\n\tfolded \r\n  twice', 'l : 3']
  const request = requestOf(textOf([...INVITE, ...odd], 'abcdef'))
  const sent = writeForwardedRequest(request, { ...ours, requestUri: 'sip:bob@192.0.2.7' })
  assert.equal(
    sent,
    textOf(
      [
        'INVITE sip:bob@192.0.2.7 SIP/2.0',
        `Via: ${ours.via}`,
        'Max-Forwards: 69',
        INVITE[1],
        ...INVITE.slice(3),
        ...odd,
      ],
      'abc',
    ),
  )
})

test('a message without Content-Length gets one, since the next hop may be a stream', () => {
  assert.ok(
    writeForwardedRequest(requestOf(textOf(INVITE, 'abc')), ours).endsWith(
      '\r\nContent-Length: 3\r\n\r\nabc',
    ),
  )
  assert.ok(
    writeForwardedResponse(responseOf(textOf(RINGING, 'abc'))).endsWith('\r\nContent-Length: 3\r\n\r\nabc'),
  )
})

test('routing fields are put on top, Route is replaced as a whole, and what is to go goes', () => {
  const more = [
    'Route: <sip:a;lr>',
    'Record-Route: <sip:old;lr>',
    'route: <sip:b;lr>',
    'P-Asserted-Identity: <sip:eve@example.net>',
    'X-Trusted: yes',
    'x-other: yes',
    'Proxy-Authorization: Digest realm="ours"',
    'Proxy-Authorization: Digest realm="theirs"',
    'Max-Breadth: 9',
  ]
  const request = requestOf(textOf([...INVITE, ...more]))
  const sent = writeForwardedRequest(request, {
    ...ours,
    recordRoutes: ['<sip:us2;lr>', '<sip:us1;lr>'],
    routes: ['<sip:b;lr>'],
    path: ['<sip:us;lr>'],
    pAssertedIdentity: ['<sip:alice@example.com>'],
    maxBreadth: 4,
    remove: [H.pAssertedIdentity],
    removeNamed: ['x-trusted'],
    removeRows: [request.rowOf(H.proxyAuthorization)],
  })
  assert.equal(
    sent,
    textOf([
      INVITE[0],
      `Via: ${ours.via}`,
      'Record-Route: <sip:us2;lr>',
      'Record-Route: <sip:us1;lr>',
      'Route: <sip:b;lr>',
      'Path: <sip:us;lr>',
      'P-Asserted-Identity: <sip:alice@example.com>',
      'Max-Forwards: 69',
      'Max-Breadth: 4',
      INVITE[1],
      ...INVITE.slice(3),
      'Record-Route: <sip:old;lr>',
      'x-other: yes',
      'Proxy-Authorization: Digest realm="theirs"',
      'Content-Length: 0',
    ]),
  )
})

test('a forwarded response loses its top Via value and nothing else', () => {
  const odd = ['X-odd : \x01 ', 'Content-Length: 0']
  const rows = responseOf(textOf([...RINGING, ...odd]))
  assert.equal(writeForwardedResponse(rows), textOf([RINGING[0], ...RINGING.slice(2), ...odd]))
  const commas = [
    RINGING[0],
    'v: SIP/2.0/UDP a.test;branch=z9hG4bK1;x="a,b" ,\r\n SIP/2.0/TCP  b.test;x=1',
    ...RINGING.slice(3),
    ...odd,
  ]
  assert.equal(
    writeForwardedResponse(responseOf(textOf(commas))),
    textOf([RINGING[0], 'Via: SIP/2.0/TCP  b.test;x=1', ...RINGING.slice(3), ...odd]),
  )
})

test('of a response only the trust fields, the status and the challenges can change', () => {
  const received = responseOf(
    textOf([...RINGING, 'P-Asserted-Identity: <sip:x@y>', 'X-Trusted: 1', 'l: 0']).replace(
      '180 Ringing',
      '503 Busy',
    ),
  )
  const sent = writeForwardedResponse(received, {
    status: 500,
    challenges: [[H.proxyAuthenticate, 'Digest realm="b"']],
    remove: [H.pAssertedIdentity],
    removeNamed: ['x-trusted'],
    authenticationInfo: 'rspauth="x"',
  })
  assert.equal(
    sent,
    textOf([
      'SIP/2.0 500 Server Internal Error',
      ...RINGING.slice(2),
      'l: 0',
      'Proxy-Authenticate: Digest realm="b"',
      'Authentication-Info: rspauth="x"',
    ]),
  )
})

test('an edit of ours with CR, LF, NUL or a letter that is no octet is our mistake, wherever it stands', () => {
  const request = requestOf(textOf(INVITE))
  for (const evil of ['a\r\nX: 1', 'a\rb', 'a\nb', 'a\0b', 'a\u010ab', 'a\u{1f600}']) {
    const refused = { code: 'ERR_ASPIS_HEADER_VALUE' }
    assert.throws(() => writeForwardedRequest(request, { ...ours, via: evil }), refused)
    assert.throws(() => writeForwardedRequest(request, { ...ours, requestUri: evil }), refused)
    for (const name of ['recordRoutes', 'routes', 'path', 'pAssertedIdentity'])
      assert.throws(() => writeForwardedRequest(request, { ...ours, [name]: ['x', evil] }), refused, name)
    assert.throws(() => writeResponse(request, 200, { reason: evil }), refused)
    assert.throws(() => writeResponse(request, 200, { toTag: evil }), refused)
    assert.throws(() => writeResponse(request, 200, { headers: [['X', evil]] }), refused)
    assert.throws(() => writeResponse(request, 200, { headers: [[evil, 'x']] }), refused)
    assert.throws(
      () => writeForwardedResponse(responseOf(textOf(RINGING)), { authenticationInfo: evil }),
      refused,
    )
    assert.throws(() => buildRequest({ method: 'ACK', uri: evil, headers: [] }), refused)
  }
})

test('what was read from an accepted message can be written again: an escaped NUL in To throws nowhere', () => {
  const to = '"a\\\0b" <sip:bob@example.com>;tag=1'
  const request = requestOf(inviteWith('To', `To: ${to}`))
  const ack = buildRequest({
    method: 'ACK',
    uri: request.requestUri,
    headers: [['To', request.header(H.to) ?? '']],
  })
  assert.ok(ack.includes(`To: ${to}\r\n`))
  assert.ok(writeResponse(request, 200).includes(to))
})

test('a request from nothing has its fields in order and its length', () => {
  assert.equal(
    buildRequest({
      method: 'OPTIONS',
      uri: 'sip:a.test',
      headers: [
        ['Via', 'x'],
        ['To', 'y'],
      ],
      body: 'abc',
    }),
    'OPTIONS sip:a.test SIP/2.0\r\nVia: x\r\nTo: y\r\nContent-Length: 3\r\n\r\nabc',
  )
})
