import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SlotTable } from './slot-table.ts'

const key = fc.tuple(fc.nat(5), fc.nat(3), fc.nat(2))

test('an entry is found where it was put until its set of eight has eight others worth more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(key, { maxLength: 200 }), (maxEntries, keys) => {
      const table = new SlotTable(maxEntries)
      const owner = new Array<string>(table.size).fill('')
      assert.ok(table.size <= maxEntries && table.size > maxEntries - 8)
      for (const [turn, [word, first, second]] of keys.entries()) {
        const set = table.setOf(word)
        const found = table.find(set, first, second)
        const name = `${set} ${first} ${second}`
        if (found >= 0) {
          assert.equal(owner[found], name)
          table.renew(found, turn)
          continue
        }
        assert.ok(!owner.includes(name))
        const slot = table.place(set)
        const ways = Math.min(8, maxEntries)
        assert.equal(Math.floor(slot / ways), set)
        for (let each = set * ways; each < (set + 1) * ways; each++)
          assert.ok(table.worth(slot) <= table.worth(each), 'the least goes')
        table.put(slot, first, second, turn)
        assert.ok(table.isTaken(slot))
        owner[slot] = name
        assert.equal(table.find(set, first, second), slot)
      }
    }),
  )
})

test('a key of zeros is no free slot', () => {
  const table = new SlotTable(8)
  assert.equal(table.find(0, 0, 0), -1)
  table.put(table.place(0), 0, 0, 0)
  assert.ok(table.find(0, 0, 0) >= 0)
})
