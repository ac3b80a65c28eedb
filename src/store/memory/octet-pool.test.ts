import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { OctetPool } from './octet-pool.ts'

const sizes = fc.oneof(
  fc.integer({ min: 1, max: 2000 }),
  fc.integer({ min: 1000, max: 300_000 }),
  fc.integer({ min: 1_000_000, max: 1_100_000 }),
)

it('pieces never overlap and keep what was written, whatever is freed between', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ bytes: sizes, frees: fc.boolean() }), { maxLength: 40 }), steps => {
      const pool = new OctetPool()
      const held: { place: number; bytes: number; mark: number }[] = []
      for (const [mark, { bytes, frees }] of steps.entries()) {
        const oldest = frees ? held.shift() : undefined
        if (oldest !== undefined) pool.free(oldest.place, oldest.bytes)
        const place = pool.allocate(bytes)
        const at = pool.offsetOf(place)
        assert.ok(at + bytes <= pool.octetsOf(place).bytes.length)
        pool.octetsOf(place).bytes.fill(mark, at, at + bytes)
        held.push({ place, bytes, mark })
      }
      for (const { place, bytes, mark } of held) {
        const at = pool.offsetOf(place)
        const there = pool.octetsOf(place).bytes.subarray(at, at + bytes)
        assert.ok(there.every(byte => byte === mark % 256))
      }
    }),
    { numRuns: 25 },
  )
})

it('freed room is used again for the next piece of that size', () => {
  const pool = new OctetPool()
  const places = Array.from({ length: 1000 }, () => pool.allocate(300))
  const before = pool.allocatedBytes
  for (let round = 0; round < 50; round++) {
    for (const place of places) pool.free(place, 300)
    for (let i = 0; i < places.length; i++) places[i] = pool.allocate(304)
  }
  assert.equal(new Set(places).size, 1000)
  assert.equal(pool.allocatedBytes, before)
})

it('a piece larger than a chunk has one of its own, which goes when it is freed', () => {
  const pool = new OctetPool()
  const before = pool.allocatedBytes
  const place = pool.allocate(3_000_000)
  assert.equal(pool.allocatedBytes, before + 3_000_000)
  pool.free(place, 3_000_000)
  assert.equal(pool.allocatedBytes, before)
})
