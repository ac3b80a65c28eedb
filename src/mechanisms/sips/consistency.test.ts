import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SipRequest } from '../../sip/message/message.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { sipsInconsistency } from './consistency.ts'

function request(method: string, uri: string, rows: readonly string[] = []): SipRequest {
  const lines = [
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/TLS client.example;branch=z9hG4bK1',
    'From: <sips:alice@example.com>;tag=1',
    'To: <sips:bob@example.com>',
    'Call-ID: 1',
    `CSeq: 1 ${method}`,
    'Max-Forwards: 70',
    ...rows,
    'Content-Length: 0',
  ]
  const parsed = parseMessage(`${lines.join('\r\n')}\r\n\r\n`, false)
  assert.ok(parsed.ok && parsed.value instanceof SipRequest)
  return parsed.value
}

describe('SPS-05, SPS-06: a sips request keeps its promise', () => {
  const bob = 'sips:bob@example.com'

  it('a sips Contact over TLS is consistent, and so is no Contact at all', () => {
    assert.equal(
      sipsInconsistency(request('INVITE', bob, ['Contact: <sips:alice@a.example>']), true),
      undefined,
    )
    assert.equal(sipsInconsistency(request('BYE', bob), true), undefined)
  })

  it('a sip Contact is not, in whatever form and place it stands', () => {
    for (const contact of [
      '<sip:alice@a.example>',
      'SIP:alice@a.example',
      '<sips:x@y.example>, "x" <Sip:x@y.example>',
    ]) {
      assert.equal(
        sipsInconsistency(request('INVITE', bob, [`m: ${contact}`]), true),
        'sips-with-sip-contact',
      )
    }
  })

  it('a request that came in clear, or asks for UDP, is not', () => {
    assert.equal(sipsInconsistency(request('INVITE', bob), false), 'sips-in-clear')
    assert.equal(sipsInconsistency(request('INVITE', `${bob};transport=UDP`), true), 'sips-over-udp')
  })

  it('Contacts of a REGISTER are left to the registrar', () => {
    assert.equal(
      sipsInconsistency(request('REGISTER', 'sips:example.com', ['m: <sip:a@b.example>']), true),
      undefined,
    )
  })

  it('a sip request may come as it likes, with a sips Route or Contact too', () => {
    const rows = ['Contact: <sips:alice@a.example>', 'Route: <sips:edge.example;lr>']
    assert.equal(sipsInconsistency(request('INVITE', 'sip:bob@example.com', rows), false), undefined)
  })
})
