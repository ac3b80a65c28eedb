import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PerSlot } from './per-slot.ts'

const SLOTS = 32
const slot = fc.integer({ min: 0, max: SLOTS - 1 })

test('what was made for an owner is found until it is deleted, or its place is another one\u2019s', () => {
  const steps = fc.array(fc.record({ slot, does: fc.constantFrom('of', 'peek', 'delete', 'given-away') }))
  fc.assert(
    fc.property(steps, all => {
      let made = 0
      const table = new PerSlot(SLOTS, SLOTS, () => ++made)
      const model = new Map<number, number>()
      const generations = new Array<number>(SLOTS).fill(1)
      for (const { slot, does } of all) {
        const owner = { slot, generation: generations[slot] ?? 1 }
        if (does === 'given-away') {
          generations[slot] = owner.generation + 1
          model.delete(slot)
        } else if (does === 'delete') {
          table.delete(owner)
          model.delete(slot)
        } else if (does === 'of') {
          const before = made
          const value = table.of(owner)
          assert.equal(value, model.get(slot) ?? before + 1)
          model.set(slot, value)
        } else assert.equal(table.peek(owner), model.get(slot))
      }
    }),
  )
})

test('it holds no more than its bound, and the last that was asked for', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(slot, { minLength: 1 }), (bound, slots) => {
      const table = new PerSlot(SLOTS, bound, () => ({}))
      for (const slot of slots) {
        const owner = { slot, generation: 1 }
        assert.equal(table.peek(owner) ?? table.of(owner), table.peek(owner))
      }
      const held = Array.from({ length: SLOTS }, (_, slot) => table.peek({ slot, generation: 1 }))
      const different = new Set(slots).size
      assert.equal(held.filter(each => each !== undefined).length, Math.min(bound, different))
    }),
  )
})

test('who is asked for again and again stays while others come and go', () => {
  const table = new PerSlot(SLOTS, 4, () => ({}))
  const kept = { slot: 0, generation: 1 }
  const first = table.of(kept)
  for (let slot = 1; slot < SLOTS; slot += 1) {
    table.of({ slot, generation: 1 })
    assert.equal(table.peek(kept), first)
  }
})
