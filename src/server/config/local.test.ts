import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lanAddress } from './local.ts'

test('a listener on all addresses of a family is told by an address of that family that others reach', () => {
  const addresses = [
    { address: '127.0.0.1', family: 'IPv4', internal: true },
    { address: '::1', family: 'IPv6', internal: true },
    { address: '169.254.7.7', family: 'IPv4', internal: false },
    { address: 'fe80::1', family: 'IPv6', internal: false },
    { address: '192.0.2.7', family: 'IPv4', internal: false },
    { address: '2001:db8::7', family: 'IPv6', internal: false },
  ] as const
  assert.equal(lanAddress(addresses), '192.0.2.7')
  assert.equal(lanAddress(addresses, 'IPv6'), '2001:db8::7')
  assert.equal(lanAddress(addresses.slice(0, 4), 'IPv6'), undefined)
})
