import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sourceOf } from '../base/source-network.ts'
import { ConnectionBudget } from './budget.ts'
import { chooseLocal, familyOf } from './local-address.ts'
import { streamLimits } from './stream-limits.ts'

test('an IPv6 network of 64 bits is one source; an IPv4 address is one', () => {
  assert.equal(sourceOf('2001:db8::1'), sourceOf('2001:db8:0:0:ffff::2'))
  assert.equal(sourceOf('2001:db8:0:1::1'), sourceOf('2001:0db8:0:1:5:6:7:8'))
  assert.notEqual(sourceOf('2001:db8:0:1::1'), sourceOf('2001:db8:0:2::1'))
  assert.equal(sourceOf('::1'), '0:0:0:0::/64')
  assert.equal(sourceOf('fe80::1%eth0'), sourceOf('fe80::2'))
  assert.equal(sourceOf('::ffff:192.0.2.1'), '192.0.2.1')
  assert.equal(sourceOf('192.0.2.1'), '192.0.2.1')
})

test('places taken and given back are counted exactly, whatever the order', () => {
  const limits = { ...streamLimits, maxConnections: 5, maxConnectionsPerSource: 2 }
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 })), { maxLength: 60 })
  fc.assert(
    fc.property(steps, list => {
      const budget = new ConnectionBudget(limits)
      const open: string[] = []
      for (const [isTake, host] of list) {
        const ip = `192.0.2.${host}`
        const fromHost = open.filter(other => other === ip).length
        if (isTake) {
          const expected =
            open.length >= 5 ? 'too-many-connections' : fromHost >= 2 ? 'too-many-from-source' : undefined
          assert.equal(budget.take(ip), expected)
          if (expected === undefined) open.push(ip)
        } else if (fromHost > 0) {
          budget.release(ip)
          open.splice(open.indexOf(ip), 1)
        }
        assert.equal(budget.open, open.length)
      }
    }),
  )
})

test('the local address is of the same version, near, and loopback for loopback only', () => {
  const at = (...ips: readonly string[]) => ips.map(ip => ({ address: { ip, port: 5060 } }))
  const isOnLink = (local: string, remote: string): boolean =>
    familyOf(local) === 'ipv4' && local.split('.', 3).join() === remote.split('.', 3).join()
  const choose = (remote: string, ...ips: readonly string[]) =>
    chooseLocal(at(...ips), remote, isOnLink)?.address.ip
  assert.equal(choose('198.51.100.9', '192.0.2.1', '198.51.100.1'), '198.51.100.1')
  assert.equal(choose('203.0.113.9', '192.0.2.1', '0.0.0.0'), '0.0.0.0')
  assert.equal(choose('203.0.113.9', '192.0.2.1', '198.51.100.1'), '192.0.2.1')
  assert.equal(choose('203.0.113.9', '127.0.0.1', '192.0.2.1'), '192.0.2.1')
  assert.equal(choose('127.0.0.9', '192.0.2.1', '0.0.0.0', '127.0.0.1'), '127.0.0.1')
  assert.equal(choose('203.0.113.9', '127.0.0.1', '::'), undefined)
  assert.equal(choose('::1', '::1', '::'), '::1')
  assert.equal(choose('2001:db8::1', '::1', '0.0.0.0'), undefined)
})
