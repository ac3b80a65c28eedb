import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseVia, type Via } from './via.ts'

function viaOf(text: string): Via {
  const via = parseVia(text)
  assert.ok(via.ok, text)
  return via.value
}

function refuses(...texts: readonly string[]): void {
  for (const text of texts) {
    const via = parseVia(text)
    assert.ok(!via.ok && via.error.refusal === 'via-malformed', JSON.stringify(text))
  }
}

test('a Via is taken apart: transport, sent-by, branch, received, rport, maddr', () => {
  const via = viaOf(
    'SIP/2.0/udp Host.Example.com:5070;branch=z9hG4bK1;Received=192.0.2.1;rport;maddr=192.0.2.2;x="a;b"',
  )
  assert.equal(via.transport, 'UDP')
  assert.equal(via.host, 'host.example.com')
  assert.equal(via.port, 5070)
  assert.equal(via.branch, 'z9hG4bK1')
  assert.equal(via.received, '192.0.2.1')
  assert.equal(via.rport, '')
  assert.equal(via.maddr, '192.0.2.2')
  assert.equal(via.params.get('x'), '"a;b"')
})

test('blanks may stand around the slashes, the colon, the semicolons and the equals signs', () => {
  const via = viaOf('sip / 2.0 /\tTLS  example.com : 5061 ; branch = z9hG4bK1 ; rport')
  assert.deepEqual(
    [via.transport, via.host, via.port, via.branch, via.rport],
    ['TLS', 'example.com', 5061, 'z9hG4bK1', ''],
  )
})

test('MSG-15: IPv6 stands in brackets in sent-by, in received with or without', () => {
  const via = viaOf('SIP/2.0/UDP [2001:DB8::9:1]:6050;received=[2001:db8::9:255];branch=z9hG4bK1')
  assert.deepEqual([via.host, via.port, via.received], ['2001:db8::9:1', 6050, '[2001:db8::9:255]'])
  assert.equal(viaOf('SIP/2.0/UDP a.test;received=2001:db8::1').received, '2001:db8::1')
  refuses('SIP/2.0/UDP 2001:db8::1;branch=z9hG4bK1', 'SIP/2.0/UDP [2001:db8::1;branch=z9hG4bK1')
})

test('a transport of any name is one; a version of another number is not', () => {
  assert.equal(viaOf('SIP/2.0/sctp-x a.test').transport, 'SCTP-X')
  refuses(
    'SIP/2.1/UDP a.test',
    'SIP/2.00/UDP a.test',
    'HTTP/2.0/UDP a.test',
    'SIP/2.0 UDP a.test',
    'SIP/2.0/ a.test',
  )
  refuses('', 'SIP', 'SIP/', 'SIP/2.0', 'SIP/2.0/', 'SIP/2.0/UDP', 'SIP/2.0/UDP ', 'SIP/2.0/UDPa.test')
})

test('sent-by is one host and at most one port', () => {
  refuses(
    'SIP/2.0/UDP ;branch=z9hG4bK1',
    'SIP/2.0/UDP a.test b.test',
    'SIP/2.0/UDP a.test:',
    'SIP/2.0/UDP a.test:65536',
  )
  refuses('SIP/2.0/UDP a.test:5060:5061', 'SIP/2.0/UDP a@b', 'SIP/2.0/UDP a.test:x', 'SIP/2.0/UDP :5060')
})

test('a branch that says nothing beyond the cookie is refused; none at all is old', () => {
  assert.equal(viaOf('SIP/2.0/UDP a.test').branch, undefined)
  refuses(
    'SIP/2.0/UDP a.test;branch=z9hG4bK',
    'SIP/2.0/UDP a.test;branch=Z9HG4BK',
    'SIP/2.0/UDP a.test;branch',
  )
  refuses('SIP/2.0/UDP a.test;branch=')
})

test('nothing that could end a line or hide a value stands in a Via: it is copied into our own lines', () => {
  refuses(
    'SIP/2.0/UDP a.test;x=a\0b',
    'SIP/2.0/UDP a.test;x="a\0b"',
    'SIP/2.0/UDP a.test;x="a\\\0b"',
    'SIP/2.0/UDP a\0.test',
  )
  refuses('SIP/2.0/UDP a.test;x="a\\\rb"', 'SIP/2.0/UDP a.test;x=a\x1b', 'SIP/2.0/UDP a.test;x=a\x7f')
  refuses('SIP/2.0/UDP a.test;x="open', 'SIP/2.0/UDP a.test;x=<y>', 'SIP/2.0/UDP a.test,SIP/2.0/UDP b.test')
})
