import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseNetwork, quadWord } from './network.ts'
import { NetworkTable } from './network-table.ts'

function network(text: string) {
  const read = parseNetwork(text)
  assert.ok(read !== undefined, text)
  return read
}

test('an address is a network of itself, and an IPv6 address stands for its /64', () => {
  assert.equal(network('192.0.2.7').text, '192.0.2.7')
  assert.equal(network('::ffff:192.0.2.7').text, '192.0.2.7')
  assert.equal(network('192.0.2.7/24').text, '192.0.2.0/24')
  assert.equal(network('2001:db8:0:1::abcd').text, '2001:db8:0:1::/64')
  assert.equal(network('2001:DB8:ffff:1::/40').text, '2001:db8:ff00::/40')
  assert.equal(network('2001:db8::1/128').text, '2001:db8::/64')
})

test('what is no network is none', () => {
  for (const text of [
    '',
    '192.0.2',
    '192.0.2.7/33',
    '192.0.2.07',
    '192.0.2.7/',
    '192.0.2.7/08',
    'a::g',
    '::1/129',
    '1.2.3.4/-1',
  ])
    assert.equal(parseNetwork(text), undefined, text)
})

test('a quad is an unsigned number', () => {
  assert.equal(quadWord('255.255.255.255'), 0xffffffff)
  assert.equal(quadWord('0.0.0.1'), 1)
  assert.equal(quadWord('256.0.0.1'), -1)
})

test('an address finds the narrowest network that it lies in, and what is deleted is gone', () => {
  const table = new NetworkTable<string>()
  assert.equal(table.covering('192.0.2.7'), undefined)
  table.set(network('192.0.2.0/24'), 'office')
  table.set(network('192.0.2.7'), 'phone')
  table.set(network('2001:db8::/48'), 'site')
  assert.equal(table.size, 3)
  assert.equal(table.covering('192.0.2.7'), 'phone')
  assert.equal(table.covering('::ffff:192.0.2.7'), 'phone')
  assert.equal(table.covering('192.0.2.8'), 'office')
  assert.equal(table.covering('192.0.3.7'), undefined)
  assert.equal(table.covering('2001:db8:0:77::1'), 'site')
  assert.equal(table.covering('2001:db9::1'), undefined)
  assert.equal(table.covering('nonsense'), undefined)
  assert.ok(table.delete(network('192.0.2.7')))
  assert.ok(!table.delete(network('192.0.2.7')))
  assert.equal(table.covering('192.0.2.7'), 'office')
  assert.ok(table.delete(network('2001:db8::/48')))
  assert.equal(table.covering('2001:db8:0:77::1'), undefined)
  assert.equal(table.size, 1)
})
