import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, rankTest } from './rank-test.ts'

test('two samples of one source are not told apart, and the order of arguments does not matter', () => {
  const one = [5, 1, 9, 3, 7, 2, 8]
  const other = [4, 6, 1.5, 8.5, 3.5, 5.5, 6.5]
  assert.ok(rankTest(one, other).p > 0.5)
  assert.ok(Math.abs(rankTest(one, other).p - rankTest(other, one).p) < 1e-12)
  assert.ok(Math.abs(rankTest(one, other).effect + rankTest(other, one).effect - 1) < 1e-12)
})

test('samples that do not overlap are as unlikely as the tables say', () => {
  const low = [1, 2, 3, 4, 5, 6, 7, 8]
  const high = low.map(value => value + 100)
  const { p, effect } = rankTest(high, low)
  assert.equal(effect, 1)
  // U = 0, n = m = 8: z = (32 - 0.5) / 9.522.
  assert.ok(Math.abs(p - 0.00094) < 0.00002, String(p))
})

test('one late value does not make a difference', () => {
  const calm = [1, 1.1, 0.9, 1.2, 1.05, 0.95, 1.15, 1]
  assert.ok(rankTest([...calm, 900], [...calm, 1.02]).p > 0.5)
})

test('equal values share a rank, and nothing but equal values is no difference', () => {
  assert.deepEqual(rankTest([1, 1, 1], [1, 1, 1]), { p: 1, effect: 0.5 })
  assert.equal(rankTest([1, 2, 2], [2, 2, 3]).effect, 0.5 * (2 / 9) * 2 + 0)
})

test('the median is the value in the middle', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([]), 0)
})
