import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RingTable } from './ring-table.ts'

/** The third word is what the other two say, as it is of a hash. */
const key = fc.tuple(fc.nat(5), fc.nat(2)).map(([a, b]): [number, number, number] => [a, b, (a * 7 + b) % 9])
const keys = fc.array(key, { maxLength: 300 })

test('the table finds what was added last under a key, as long as no more came since than it holds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), keys, (maxEntries, added) => {
      const table = new RingTable(maxEntries, 4)
      for (const [turn, one] of added.entries()) {
        table.words[table.add(...one) + 3] = turn
        for (const each of added) {
          const last = added.slice(0, turn + 1).findLastIndex(other => other.join() === each.join())
          const isThere = last > turn - maxEntries && last >= 0
          const at = table.find(...each)
          assert.equal(at >= 0, isThere, `${each} after ${turn}`)
          if (at < 0) continue
          assert.equal(table.words[at + 3], last)
          assert.equal(table.isOld(at), (turn - last) * 2 > maxEntries)
        }
      }
    }),
    { numRuns: 50 },
  )
})

test('the entry that the next one overwrites is known beforehand', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), keys, (maxEntries, added) => {
      const table = new RingTable(maxEntries, 6)
      for (const [turn, one] of added.entries()) {
        const oldest = table.oldest()
        assert.equal(oldest >= 0, turn >= maxEntries)
        if (oldest >= 0) assert.equal(table.floats[oldest / 2 + 2], turn - maxEntries)
        const at = table.add(...one)
        if (oldest >= 0) assert.equal(at, oldest)
        table.floats[at / 2 + 2] = turn
      }
    }),
  )
})

test('a key of zeros is a key', () => {
  const table = new RingTable(4, 4)
  assert.equal(table.find(0, 0, 0), -1)
  table.add(0, 0, 0)
  assert.ok(table.find(0, 0, 0) >= 0)
})
