import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Addresses } from './addresses.ts'

test('an address that an attack used is not given to a later one', () => {
  const addresses = new Addresses('127.0.0.1')
  const given = Array.from({ length: 2_000 }, () => {
    addresses.turnPage()
    return addresses.next()
  })
  assert.equal(new Set(given).size, given.length)
})

test('an attack that needs more addresses than a network has gets them from the next one', () => {
  const addresses = new Addresses('127.0.0.1')
  const given = Array.from({ length: 70_000 }, () => addresses.next() ?? '')
  assert.equal(new Set(given).size, given.length)
  for (const ip of given) assert.match(ip, /^127(?:\.(?:[1-9]?\d|1\d\d|2[0-4]\d|250)){3}$/)
})

test('where the target is not on loopback the system chooses', () => {
  assert.equal(new Addresses('192.0.2.1').next(), undefined)
  assert.equal(new Addresses('::1').next(), undefined)
})
