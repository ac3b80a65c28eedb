import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseVia, type Via } from '../headers/via.ts'
import { isAllowedDestination, responseAddress, stampedVia } from './via-stamp.ts'

const source = { ip: '192.0.2.1', port: 40001 }

function via(text: string): Via {
  const parsed = parseVia(text)
  assert.ok(parsed.ok)
  return parsed.value
}

test('TRN-03: received is added when the host is a name or another address, and only then', () => {
  assert.equal(stampedVia(via('SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa'), source), undefined)
  assert.equal(
    stampedVia(via('SIP/2.0/UDP pc.example:5060;branch=z9hG4bKa;x="a;b"'), source),
    'SIP/2.0/UDP pc.example:5060;branch=z9hG4bKa;x="a;b";received=192.0.2.1',
  )
  assert.equal(stampedVia(via('SIP/2.0/TCP 10.0.0.1'), source), 'SIP/2.0/TCP 10.0.0.1;received=192.0.2.1')
})

test('TRN-03: rport gets the source port, and received comes with it always', () => {
  assert.equal(
    stampedVia(via('SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKa'), source),
    'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa;received=192.0.2.1;rport=40001',
  )
})

test('TRN-03: received and rport that the sender wrote are overwritten', () => {
  assert.equal(
    stampedVia(via('SIP/2.0/UDP pc.example;received=198.51.100.9;rport=7;branch=z9hG4bKa'), source),
    'SIP/2.0/UDP pc.example;branch=z9hG4bKa;received=192.0.2.1;rport=40001',
  )
  assert.equal(
    stampedVia(via('SIP/2.0/UDP 192.0.2.1;received=198.51.100.9'), source),
    'SIP/2.0/UDP 192.0.2.1',
  )
})

test('TRN-03: an IPv6 sent-by is compared as an address, not as text', () => {
  const source6 = { ip: '2001:db8::7', port: 5060 }
  assert.equal(stampedVia(via('SIP/2.0/TCP [2001:DB8:0::7]:5060;branch=z9hG4bKa'), source6), undefined)
})

const lost = { source, isReliable: false, isKnownPeer: false }

test('TRN-04: over UDP with rport the response goes to the source, without it to the sent-by port', () => {
  assert.deepEqual(responseAddress({ ...lost, via: via('SIP/2.0/UDP pc.example:5070;rport') }), source)
  assert.deepEqual(responseAddress({ ...lost, via: via('SIP/2.0/UDP pc.example:5070') }), {
    ip: source.ip,
    port: 5070,
  })
  assert.deepEqual(responseAddress({ ...lost, via: via('SIP/2.0/UDP pc.example') }), {
    ip: source.ip,
    port: 5060,
  })
})

test('TRN-04: after a lost connection it goes to the source address and the sent-by port', () => {
  const reliable = { ...lost, isReliable: true }
  assert.deepEqual(responseAddress({ ...reliable, via: via('SIP/2.0/TLS pc.example;rport') }), {
    ip: source.ip,
    port: 5061,
  })
})

test('TRN-05: maddr is honoured from configured peers only, and never for multicast', () => {
  const reflecting = via('SIP/2.0/UDP pc.example;maddr=198.51.100.9')
  assert.deepEqual(responseAddress({ ...lost, via: reflecting }), { ip: source.ip, port: 5060 })
  assert.deepEqual(responseAddress({ ...lost, isKnownPeer: true, via: reflecting }), {
    ip: '198.51.100.9',
    port: 5060,
  })
  const multicast = via('SIP/2.0/UDP pc.example;maddr=224.0.1.75')
  assert.equal(responseAddress({ ...lost, isKnownPeer: true, via: multicast }), undefined)
})

test('TRN-05: loopback is reached on behalf of loopback alone', () => {
  assert.equal(isAllowedDestination({ ip: '127.0.0.1', port: 5060 }, source), false)
  assert.equal(isAllowedDestination({ ip: '127.0.0.1', port: 5060 }, { ip: '127.0.0.9', port: 1 }), true)
  assert.equal(isAllowedDestination({ ip: '255.255.255.255', port: 5060 }, source), false)
  assert.equal(isAllowedDestination({ ip: 'not-an-address', port: 5060 }, source), false)
})
