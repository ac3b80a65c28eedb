import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Mix, UsualMix } from './mix.ts'

const CELLS = 6
const kinds = fc.array(fc.nat(CELLS - 1), { minLength: 1, maxLength: 300 })

function mixOf(seen: readonly number[]): Mix {
  const mix = new Mix(CELLS)
  for (const kind of seen) mix.add(kind)
  return mix
}

function usualOf(seen: readonly number[], maxDrift = 1): UsualMix {
  const mix = mixOf(seen)
  const prior = Array.from({ length: CELLS }, (_, i) => mix.share(i))
  return new UsualMix({ prior, weight: 0.1, maxDrift })
}

test('a Hellinger distance lies between 0 and 1, is 0 to itself, and the same both ways', () => {
  fc.assert(
    fc.property(kinds, kinds, (a, b) => {
      const there = usualOf(a).distance(mixOf(b))
      assert.ok(there >= 0 && there <= 1)
      assert.ok(usualOf(a).distance(mixOf(a)) < 1e-6)
      assert.ok(Math.abs(there - usualOf(b).distance(mixOf(a))) < 1e-6)
    }),
  )
})

test('it keeps the triangle inequality', () => {
  fc.assert(
    fc.property(kinds, kinds, kinds, (a, b, c) => {
      const direct = usualOf(a).distance(mixOf(c))
      assert.ok(direct <= usualOf(a).distance(mixOf(b)) + usualOf(b).distance(mixOf(c)) + 1e-6)
    }),
  )
})

test('mixes with nothing in common are at distance 1', () => {
  assert.equal(usualOf([0, 1, 2]).distance(mixOf([3, 4, 5, 5])), 1)
})

test('what is taught moves the usual mix by its weight, and its shares stay shares of one', () => {
  fc.assert(
    fc.property(kinds, kinds, (a, b) => {
      const usual = usualOf(a)
      const before = usual.distance(mixOf(b))
      usual.learn(mixOf(b))
      assert.ok(usual.distance(mixOf(b)) <= before + 1e-9)
      const sum = Array.from({ length: CELLS }, (_, i) => usual.share(i)).reduce(
        (all, share) => all + share,
        0,
      )
      assert.ok(Math.abs(sum - 1) < 1e-9)
    }),
  )
})

test('D8: however often it is taught, it stays within its drift of a day', () => {
  fc.assert(
    fc.property(kinds, kinds, (a, b) => {
      const usual = usualOf(a, 0.1)
      for (let i = 0; i < 500; i += 1) usual.learn(mixOf(b))
      assert.ok(usual.distance(mixOf(a)) <= 0.1 + 1e-9)
    }),
  )
})
