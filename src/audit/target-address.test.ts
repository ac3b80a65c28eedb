import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOwnRange } from './target.ts'
import { readAddress } from './target-address.ts'

const read = (written: string): unknown => {
  const found = readAddress(written)
  return found.ok ? [found.value.host, found.value.ports] : found.error
}

test('a target is a host, a host with a port, or a URI', () => {
  const usual = { UDP: 5060, TCP: 5060, TLS: 5061 }
  assert.deepEqual(read('192.0.2.1'), ['192.0.2.1', usual])
  assert.deepEqual(read('sip:example.test'), ['example.test', usual])
  assert.deepEqual(read('SIP:alice@example.test:5080;lr'), ['example.test', { UDP: 5080, TCP: 5080 }])
  assert.deepEqual(read('sip:192.0.2.1:5060;transport=TCP'), ['192.0.2.1', { TCP: 5060 }])
  assert.deepEqual(read('sips:example.test'), ['example.test', { TLS: 5061 }])
  assert.deepEqual(read('2001:db8::1'), ['2001:db8::1', usual])
  assert.deepEqual(read('sip:[2001:DB8::1]:5062'), ['2001:db8::1', { UDP: 5062, TCP: 5062 }])
})

test('what is no target says so', () => {
  assert.match(String(read('')), /^"" is no target: write an address such as/)
  assert.match(String(read('http://example.test')), /is no target/)
  assert.match(String(read('10.1')), /^"10\.1" is no IP address/)
  assert.match(String(read('[zz::1]')), /is no target|is no IP address/)
  assert.match(String(read('example.test:0')), /0 is no port: write a number from 1 to 65535/)
  assert.match(String(read('example.test;transport=sctp')), /"sctp" is no transport/)
})

test('loopback, private and link-local addresses belong to the tester, all others do not', () => {
  for (const ip of [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
    'fe80::1',
  ])
    assert.ok(isOwnRange(ip), ip)
  for (const ip of [
    '192.0.2.1',
    '172.15.0.1',
    '172.32.0.1',
    '0.0.0.0',
    '100.64.0.1',
    '2001:db8::1',
    '::ffff:8.8.8.8',
    'ff02::1',
  ])
    assert.ok(!isOwnRange(ip), ip)
})
