import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SpreadEntropy } from './entropy.ts'

const things = fc.array(fc.nat(1000), { minLength: 1, maxLength: 500 })

test('what is kept while counting is the entropy of the counts', () => {
  fc.assert(
    fc.property(things, seen => {
      const spread = new SpreadEntropy(16)
      const counts = new Map<number, number>()
      for (const thing of seen) {
        spread.add(thing)
        counts.set(thing & 15, (counts.get(thing & 15) ?? 0) + 1)
      }
      let entropy = 0
      for (const count of counts.values()) entropy -= (count / seen.length) * Math.log2(count / seen.length)
      assert.ok(Math.abs(spread.entropy - entropy) < 1e-9)
      assert.equal(spread.used, counts.size)
      assert.ok(spread.evenness >= 0 && spread.evenness <= 1)
    }),
  )
})

test('one cell is no spread at all, and all cells alike are the most', () => {
  const spread = new SpreadEntropy(16)
  for (let i = 0; i < 64; i += 1) spread.add(3)
  assert.equal(spread.evenness, 0)
  spread.clear()
  for (let i = 0; i < 64; i += 1) spread.add(i)
  assert.equal(spread.evenness, 1)
  assert.equal(spread.total, 64)
})
