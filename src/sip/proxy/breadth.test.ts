import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Breadth } from './breadth.ts'

test('FRK-07: what came in is shared out among the branches that start together', () => {
  assert.deepEqual(new Breadth(60, false).take(1, 0), [60])
  assert.deepEqual(new Breadth(60, false).take(4, 0), [15, 15, 15, 15])
  assert.deepEqual(new Breadth(5, false).take(3, 0), [2, 2, 1])
})

test('FRK-07: too little breadth starts as many branches as there is, and the next when one has ended', () => {
  const breadth = new Breadth(2, false)
  assert.ok(breadth.isEnoughFor(3))
  assert.deepEqual(breadth.take(3, 0), [1, 1])
  assert.deepEqual(breadth.take(1, 0), [])
  breadth.giveBack(1)
  assert.deepEqual(breadth.take(1, 0), [1])
})

test('FRK-07: Max-Breadth 1 forks serially', () => {
  const breadth = new Breadth(1, false)
  assert.deepEqual(breadth.take(2, 0), [1])
  assert.deepEqual(breadth.take(1, 0), [])
})

test('FRK-07: later rounds are paid from the same purse, so that serial forking multiplies nothing', () => {
  for (const isSpiral of [false, true]) {
    const breadth = new Breadth(6, isSpiral)
    assert.deepEqual(breadth.take(1, 2), [2])
    breadth.giveBack(2)
    assert.deepEqual(breadth.take(1, 1), [2])
    breadth.giveBack(2)
    assert.deepEqual(breadth.take(1, 0), [2])
    assert.equal(breadth.outgoing, 2)
  }
})

test('FRK-07: a spiral for whose targets the purse is too small is refused, and spends nothing twice', () => {
  const breadth = new Breadth(1, true)
  assert.ok(breadth.isEnoughFor(1))
  assert.ok(!breadth.isEnoughFor(2))
  assert.deepEqual(breadth.take(1, 0), [1])
  breadth.giveBack(1)
  assert.deepEqual(breadth.take(1, 0), [])
})

test('FRK-07: whatever is taken and given back, the sum never exceeds what came in', () => {
  const steps = fc.array(fc.record({ now: fc.nat(12), later: fc.nat(12), isGivenBack: fc.boolean() }))
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.boolean(), steps, (incoming, isSpiral, all) => {
      const breadth = new Breadth(incoming, isSpiral)
      const held: number[] = []
      for (const { now, later, isGivenBack } of all) {
        const last = isGivenBack ? held.pop() : undefined
        if (last !== undefined) breadth.giveBack(last)
        const shares = breadth.take(now, later)
        assert.ok(shares.length <= now)
        assert.ok(shares.every(share => Number.isInteger(share) && share >= 1))
        held.push(...shares)
        assert.ok(held.reduce((sum, share) => sum + share, 0) <= incoming)
        assert.ok(breadth.outgoing <= incoming)
      }
    }),
  )
})
