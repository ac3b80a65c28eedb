import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FewDistinct, mixed } from './few-distinct.ts'

test('each thing counts once within the window, and up to the width', () => {
  const few = new FewDistinct(16, 4, 1000)
  assert.equal(few.add(1, 10, 0), 1)
  assert.equal(few.add(1, 10, 1), 1)
  assert.equal(few.add(1, 11, 2), 2)
  assert.equal(few.add(2, 12, 3), 1)
  assert.equal(few.add(1, 12, 4), 3)
  assert.equal(few.add(1, 13, 5), 4)
  assert.equal(few.add(1, 14, 6), 4)
  assert.equal(few.count(1, 6), 4)
})

test('what was not seen for a window counts no more', () => {
  const few = new FewDistinct(16, 4, 1000)
  few.add(1, 10, 0)
  few.add(1, 11, 900)
  assert.equal(few.add(1, 12, 1500), 2)
  assert.equal(few.count(1, 5000), 0)
})

test('what is forgotten begins anew, and other keys stay', () => {
  const few = new FewDistinct(16, 4, 1000)
  few.add(1, 10, 0)
  few.add(2, 10, 0)
  few.clear(1)
  few.clear(77)
  assert.equal(few.count(1, 0), 0)
  assert.equal(few.count(2, 0), 1)
  assert.equal(few.add(1, 11, 1), 1)
})

test('a crowd of keys pushes out who was quiet for longest, and nothing grows', () => {
  const few = new FewDistinct(4, 4, 1000)
  for (let key = 0; key < 5; key += 1) few.add(key, 1, key)
  assert.equal(few.count(0, 5), 0)
  assert.equal(few.count(4, 5), 1)
})

test('it counts as a set would, for one key in the window', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 60 }), things => {
      const few = new FewDistinct(16, 16, 1e9)
      const seen = new Set<number>()
      for (const thing of things) {
        seen.add(thing)
        assert.equal(few.add(7, mixed(3, thing), 1), seen.size)
      }
    }),
  )
})
