import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as sip from 'aspis/sip'

test('a program that embeds SIP reads, judges and answers a request with what `aspis/sip` exports', () => {
  const parsed = sip.parseMessage(
    sip.buildRequest({
      method: 'OPTIONS',
      uri: 'sip:bob@example.com',
      headers: [
        ['Via', 'SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1'],
        ['From', '<sip:alice@example.com>;tag=1'],
        ['To', '<sip:bob@example.com>'],
        ['Call-ID', 'a84b4c76e66710'],
        ['CSeq', '1 OPTIONS'],
      ],
    }),
    true,
  )
  assert.ok(parsed.ok && parsed.value.kind === 'request')
  const request = parsed.value
  assert.equal(sip.checkMessage(request), undefined)
  assert.equal(sip.aorOf(request.to.uri), 'sip:bob@example.com')
  assert.equal(request.header(sip.H.callId), 'a84b4c76e66710')
  assert.match(sip.writeResponse(request, 200, { toTag: 'b2' }), /^SIP\/2\.0 200 OK\r\n/)
})

test('what `aspis/sip` exports is a list that grows on purpose', () => {
  assert.deepEqual(Object.keys(sip).sort(), [
    'H',
    'REFUSALS',
    'aorOf',
    'buildRequest',
    'canonicalUser',
    'checkMessage',
    'headerIdOf',
    'headerName',
    'isRefusalName',
    'parseAuthParams',
    'parseCSeq',
    'parseChallenge',
    'parseCredentials',
    'parseMessage',
    'parseNameAddr',
    'parseParams',
    'parseUri',
    'parseVia',
    'reasonOf',
    'splitList',
    'uriEquals',
    'writeForwardedRequest',
    'writeForwardedResponse',
    'writeQuoted',
    'writeResponse',
  ])
})
