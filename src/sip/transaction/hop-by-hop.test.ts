import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMessage } from '../message/check.ts'
import { H } from '../message/header-id.ts'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import { buildRequest, writeForwardedRequest, writeResponse } from '../message/write.ts'
import { buildAck, buildCancel } from './hop-by-hop.ts'

/** An INVITE as a proxy forwards it: two Vias, Routes, and fields that must not follow. */
const SENT = buildRequest({
  method: 'INVITE',
  uri: 'sip:bob@198.51.100.7:5070;ob',
  headers: [
    ['Via', 'SIP/2.0/UDP edge.example.test;branch=z9hG4bKours, SIP/2.0/UDP a.test;branch=z9hG4bKtheirs'],
    ['Max-Forwards', '12'],
    ['Route', '<sip:one.example.test;lr>, <sip:two.example.test;lr>'],
    ['Route', '<sip:three.example.test;lr>'],
    ['From', '"A, B" <sip:alice@example.test>;tag=f1'],
    ['To', 'Bob <sip:bob@example.test>'],
    ['Call-ID', 'c1@example.test'],
    ['CSeq', '42 INVITE'],
    ['Require', 'sec-agree'],
    ['Proxy-Require', 'sec-agree'],
    ['Contact', '<sip:alice@192.0.2.1>'],
  ],
  body: 'v=0\r\n',
})

function read(text: string): SipMessage {
  const parsed = parseMessage(text, false)
  assert.ok(parsed.ok, text)
  assert.equal(checkMessage(parsed.value), undefined)
  return parsed.value
}

function request(text: string): SipRequest {
  const message = read(text)
  assert.ok(message.kind === 'request')
  return message
}

function response(status: number): SipResponse {
  const message = read(writeResponse(request(SENT), status, { toTag: 'b1' }))
  assert.ok(message.kind === 'response')
  return message
}

function built(result: ReturnType<typeof buildAck>): SipRequest {
  assert.ok(result.ok)
  return request(result.value)
}

test('TXN-04 an ACK of a 300-699 repeats what it must of its INVITE, has one Via, and To of the response', () => {
  const ack = built(buildAck(SENT, response(486)))
  assert.equal(ack.method, 'ACK')
  assert.equal(ack.requestUri, 'sip:bob@198.51.100.7:5070;ob')
  assert.deepEqual(ack.vias, ['SIP/2.0/UDP edge.example.test;branch=z9hG4bKours'])
  assert.equal(ack.header(H.from), '"A, B" <sip:alice@example.test>;tag=f1')
  assert.equal(ack.header(H.to), 'Bob <sip:bob@example.test>;tag=b1')
  assert.equal(ack.callId, 'c1@example.test')
  assert.equal(ack.header(H.cseq), '42 ACK')
  assert.deepEqual(ack.list(H.route), request(SENT).list(H.route))
  assert.equal(ack.maxForwards, 70)
  assert.equal(ack.body, '')
})

test('TXN-17 a CANCEL repeats what it must, has one Via, To of the request, and no Require', () => {
  const cancel = built(buildCancel(SENT, undefined))
  assert.equal(cancel.method, 'CANCEL')
  assert.equal(cancel.requestUri, 'sip:bob@198.51.100.7:5070;ob')
  assert.deepEqual(cancel.vias, ['SIP/2.0/UDP edge.example.test;branch=z9hG4bKours'])
  assert.equal(cancel.header(H.to), 'Bob <sip:bob@example.test>')
  assert.equal(cancel.header(H.from), '"A, B" <sip:alice@example.test>;tag=f1')
  assert.equal(cancel.header(H.cseq), '42 CANCEL')
  assert.deepEqual(cancel.list(H.route), request(SENT).list(H.route))
  for (const id of [H.require, H.proxyRequire, H.contact]) assert.equal(cancel.has(id), false)
})

test('a CANCEL may say why (RFC 3326)', () => {
  const cancel = built(buildCancel(SENT, 'SIP;cause=200;text="Call completed elsewhere"'))
  assert.equal(cancel.named('reason'), 'SIP;cause=200;text="Call completed elsewhere"')
})

test('the ACK and CANCEL of what we forwarded have our Via only', () => {
  const forwarded = writeForwardedRequest(request(SENT), {
    via: 'SIP/2.0/TLS next.example.test;branch=z9hG4bKnext',
    maxForwards: 11,
  })
  for (const result of [buildAck(forwarded, response(404)), buildCancel(forwarded, undefined)]) {
    assert.deepEqual(built(result).vias, ['SIP/2.0/TLS next.example.test;branch=z9hG4bKnext'])
  }
})

test('of a text that is no request nothing is built', () => {
  for (const text of ['', 'x', writeResponse(request(SENT), 200), SENT.replace('CSeq: 42', 'CSeq: x')]) {
    assert.equal(buildCancel(text, undefined).ok, false)
  }
})
