import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Keyed, KeyedTable } from './keyed-table.ts'

interface Item extends Keyed {
  readonly id: number
}

test('a table finds what is in it and nothing else, whatever comes and goes', () => {
  const step = fc.record({ isRemoval: fc.boolean(), first: fc.nat(3), second: fc.integer() })
  // Few low bits: most of them share their place.
  const crowded = step.map(each => ({ ...each, second: each.second & 0x7000_000f }))
  fc.assert(
    fc.property(fc.array(fc.oneof(step, crowded), { maxLength: 900 }), steps => {
      const table = new KeyedTable<Item>()
      const model = new Map<string, Item>()
      for (const [id, { isRemoval, first, second }] of steps.entries()) {
        const key = { first, second }
        const name = `${first} ${second}`
        const known = model.get(name)
        assert.equal(table.find(key), known)
        if (known === undefined) {
          const item = { key, id }
          table.add(item)
          model.set(name, item)
        } else if (isRemoval) {
          assert.equal(table.remove(known), true)
          assert.equal(table.remove(known), false)
          model.delete(name)
        }
      }
      for (const item of [...model.values()].slice(0, model.size / 2)) {
        assert.equal(table.remove(item), true)
        model.delete(`${item.key.first} ${item.key.second}`)
      }
      assert.equal(table.size, model.size)
      assert.deepEqual(new Set(table.values()), new Set(model.values()))
      for (const item of model.values()) assert.equal(table.find(item.key), item)
    }),
  )
})
