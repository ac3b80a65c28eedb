import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BoundedMap } from './bounded-map.ts'

test('whatever is written, the map holds no more than its bound', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.array(fc.nat(99), { maxLength: 300 }), (bound, keys) => {
      const map = new BoundedMap<number, number>(bound)
      for (const key of keys) {
        if (key % 3 === 0) map.get(key + 1)
        map.set(key, key)
        assert.ok(map.size <= bound + (bound % 2))
        assert.equal(map.get(key), key)
      }
    }),
  )
})

test('what the map answers is what was written last, or nothing', () => {
  const step = fc.tuple(fc.constantFrom('set', 'get', 'delete', 'has'), fc.nat(30), fc.nat())
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const map = new BoundedMap<number, number>(16)
      const model = new Map<number, number>()
      for (const [what, key, value] of steps) {
        if (what === 'set') {
          map.set(key, value)
          model.set(key, value)
        } else if (what === 'delete') {
          map.delete(key)
          model.delete(key)
          assert.equal(map.has(key), false)
        } else if (what === 'has') {
          if (map.has(key)) assert.ok(model.has(key))
        } else {
          const got = map.get(key)
          if (got !== undefined) assert.equal(got, model.get(key))
        }
        const seen = [...map.entries()]
        assert.equal(new Set(seen.map(entry => entry[0])).size, seen.length)
        for (const [k, v] of seen) assert.equal(v, model.get(k))
      }
    }),
  )
})

test('an entry that is used stays while strangers write', () => {
  const map = new BoundedMap<string, number>(10)
  map.set('kept', 1)
  for (let i = 0; i < 1000; i++) {
    map.set(`stranger ${i}`, i)
    assert.equal(map.get('kept'), 1)
  }
  assert.ok(map.evicted > 0)
})

test('an entry that nobody uses makes room', () => {
  const map = new BoundedMap<string, number>(10)
  map.set('idle', 1)
  for (let i = 0; i < 10; i++) map.set(`stranger ${i}`, i)
  assert.equal(map.has('idle'), false)
  assert.equal(map.get('idle'), undefined)
})

test('cleared, it holds nothing', () => {
  const map = new BoundedMap<string, number>(4)
  for (const key of ['a', 'b', 'c', 'd']) map.set(key, 1)
  map.clear()
  assert.equal(map.size, 0)
  assert.equal(map.has('d'), false)
})
