import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LeakyBucket, LeakyBuckets } from './leaky-buckets.ts'

const place = { slot: 3, generation: 1 }
const steps = fc.array(fc.tuple(fc.integer({ min: -20, max: 50 }), fc.nat(3000)), { maxLength: 200 })

test('a rate that is borne never fills a bucket, and what is above it does', () => {
  const buckets = new LeakyBuckets(8, 10)
  let level = 0
  for (let i = 0; i < 1000; i += 1) level = buckets.pour(place, 1, i * 100)
  assert.ok(level <= 1.01)
  for (let i = 0; i < 100; i += 1) level = buckets.pour(place, 1, 100_000 + i * 50)
  assert.ok(Math.abs(level - 50) < 2, String(level))
})

test('a level lies between the credit and all that was poured, and time only draws it to zero', () => {
  fc.assert(
    fc.property(steps, history => {
      const buckets = new LeakyBuckets(8, 5, 30)
      let nowMs = 0
      let most = 0
      for (const [amount, afterMs] of history) {
        nowMs += afterMs
        most += Math.max(0, amount)
        const level = buckets.pour(place, amount, nowMs)
        assert.ok(level >= -30 && level <= most)
        assert.ok(Math.abs(buckets.at(place, nowMs + 500)) <= Math.abs(level))
        assert.equal(Math.abs(buckets.at(place, nowMs + 1e9)), 0)
      }
    }),
  )
})

test('a place that was given to another begins at zero', () => {
  const buckets = new LeakyBuckets(8, 1)
  assert.equal(buckets.pour(place, 40, 1000), 40)
  assert.equal(buckets.at({ slot: 3, generation: 2 }, 1000), 0)
  assert.equal(buckets.pour({ slot: 3, generation: 2 }, 1, 1000), 1)
})

test('one bucket does as one of many', () => {
  fc.assert(
    fc.property(steps, history => {
      const many = new LeakyBuckets(8, 7)
      const one = new LeakyBucket(7)
      let nowMs = 0
      for (const [amount, afterMs] of history) {
        nowMs += afterMs
        assert.ok(Math.abs(many.pour(place, amount, nowMs) - one.pour(amount, nowMs)) < 0.01)
      }
    }),
  )
})
