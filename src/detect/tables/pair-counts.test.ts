import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PairCounts } from './pair-counts.ts'

const OWNER = { slot: 3, generation: 1 }

test('pairs are counted for each owner, and what ended well is taken away', () => {
  const pairs = new PairCounts(8, 64, 1000)
  pairs.add(OWNER, 1, 0)
  pairs.add(OWNER, 1, 0)
  const { count, distinct, total, isNew } = pairs.add(OWNER, 2, 0)
  assert.deepEqual({ count, distinct, total, isNew }, { count: 1, distinct: 2, total: 3, isNew: true })
  assert.equal(pairs.take(OWNER, 1, 0), 2)
  assert.equal(pairs.distinctOf(OWNER), 1)
  assert.equal(pairs.totalOf(OWNER), 1)
})

test('another owner of the same place begins with nothing', () => {
  const pairs = new PairCounts(8, 64, 1000)
  pairs.add(OWNER, 1, 0)
  const next = { slot: 3, generation: 2 }
  assert.equal(pairs.distinctOf(next), 0)
  assert.equal(pairs.add(next, 1, 0).count, 1)
  assert.equal(pairs.distinctOf(next), 1)
})

test('a pair that was not met for its life is forgotten', () => {
  const pairs = new PairCounts(8, 64, 1000)
  pairs.add(OWNER, 1, 0)
  assert.equal(pairs.add(OWNER, 1, 1001).count, 1)
  for (let second = 2; second < 4000; second += 1) pairs.sweep(second * 1000)
  assert.equal(pairs.distinctOf(OWNER), 0)
})

test('sums agree with the pairs that are there, whatever is added, taken and lost', () => {
  const step = fc.record({ slot: fc.nat(3), key: fc.nat(40), isTaken: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const pairs = new PairCounts(4, 16, 1000)
      for (const { slot, key, isTaken } of steps) {
        const owner = { slot, generation: 1 }
        if (isTaken) pairs.take(owner, key, 0)
        else pairs.add(owner, key, 0)
      }
      let all = 0
      for (let slot = 0; slot < 4; slot += 1) {
        const owner = { slot, generation: 1 }
        let distinct = 0
        let total = 0
        for (let key = 0; key <= 40; key += 1) {
          const count = pairs.countOf(owner, key, 0)
          total += count
          if (count > 0) distinct += 1
        }
        assert.equal(pairs.distinctOf(owner), distinct)
        assert.equal(pairs.totalOf(owner), total)
        all += distinct
      }
      assert.ok(all <= 16)
    }),
  )
})
