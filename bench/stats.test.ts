import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { median, spread } from './stats.ts'

test('the median is the middle value, whatever the order', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([4, 1, 3, 2]), 2.5)
})

test('as many values are below the median as above', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), values => {
      const middle = median(values)
      const below = values.filter(value => value < middle).length
      const above = values.filter(value => value > middle).length
      assert.ok(below <= values.length / 2 && above <= values.length / 2)
    }),
  )
})

test('nothing has no spread', () => {
  assert.equal(spread([]), undefined)
  assert.deepEqual(spread([3, 1, 2]), { min: 1, median: 2, max: 3 })
})
