import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CountMin } from './count-min.ts'

const hashes = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 400 })

test('a thing is never counted too low', () => {
  fc.assert(
    fc.property(hashes, things => {
      const counted = new CountMin(6, 1000)
      const truly = new Map<number, number>()
      for (const thing of things) {
        truly.set(thing, (truly.get(thing) ?? 0) + 1)
        counted.add(thing, 0)
      }
      for (const [thing, times] of truly) assert.ok(counted.at(thing) >= times)
    }),
  )
})

test('among a hundred thousand things one that comes often stands out, and few others do', () => {
  const counted = new CountMin(16, 1000)
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state ^ (state >>> 13)) >>> 0
  }
  for (let i = 0; i < 100_000; i += 1) {
    counted.add(next(), 0)
    if (i % 100 === 0) counted.add(42, 0)
  }
  assert.ok(counted.at(42) >= 1000 && counted.at(42) <= 1010)
  let high = 0
  for (let i = 0; i < 1000; i += 1) if (counted.at(next()) > 5) high += 1
  assert.ok(high <= 20, String(high))
})

test('counts are halved at each half-life, and a long pause leaves nothing', () => {
  const counted = new CountMin(6, 1000)
  for (let i = 0; i < 80; i += 1) counted.add(7, 0)
  assert.equal(counted.add(7, 1000), 41)
  assert.equal(counted.add(7, 3000), 11)
  assert.equal(counted.add(7, 1e9), 1)
})
