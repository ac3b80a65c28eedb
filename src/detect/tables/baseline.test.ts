import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Baseline } from './baseline.ts'
import { Cusum } from './cusum.ts'

const HOUR_MS = 3_600_000
const options = { prior: 1, coldMs: HOUR_MS, coldMax: 10, driftPerDay: 0.1 }

/** Teaches a steady value, once a minute. */
function teach(baseline: Baseline, value: number, fromMs: number, hours: number): void {
  for (let i = 1; i <= hours * 60; i += 1) baseline.learn(value, fromMs + i * 60_000)
}

test('what is there from the start is learned up to the bound, and no further', () => {
  const small = new Baseline(options)
  teach(small, 4, 0, 1)
  assert.ok(small.expected(HOUR_MS) > 2 && small.expected(HOUR_MS) < 4)
  const attacked = new Baseline(options)
  teach(attacked, 5000, 0, 1)
  assert.ok(attacked.expected(HOUR_MS) <= 10)
})

test('D8: 24 hours of drift, of whatever shape, move what is expected by at most 10 %', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.nat(1000), { minLength: 1 }),
      (usual, pushes) => {
        const baseline = new Baseline({ ...options, prior: usual, coldMax: 200 })
        teach(baseline, usual, 0, 26)
        const beforeMs = 26 * HOUR_MS
        const before = baseline.expected(beforeMs)
        for (let i = 1; i <= 24 * 12; i += 1) {
          baseline.learn(usual + (pushes[i % pushes.length] ?? 0), beforeMs + i * 300_000)
          const now = baseline.expected(beforeMs + i * 300_000)
          assert.ok(now <= before * 1.1 && now >= before * 0.9, `${before} → ${now}`)
        }
      },
    ),
    { numRuns: 30 },
  )
})

test('an hour of the week that was seen is expected as it was', () => {
  const baseline = new Baseline({ ...options, driftPerDay: 5 })
  for (let hour = 0; hour < 168 * 3; hour += 1) {
    teach(baseline, hour % 24 === 9 ? 40 : 2, hour * HOUR_MS, 1)
  }
  const weekMs = 168 * 3 * HOUR_MS
  assert.ok(baseline.expected(weekMs + 9.5 * HOUR_MS) > 3 * baseline.expected(weekMs + 20.5 * HOUR_MS))
})

test('a sum forgets what is borne, and grows by what is above it, up to its bound', () => {
  const cusum = new Cusum(100)
  for (let i = 0; i < 50; i += 1) assert.equal(cusum.add(3, 4), 0)
  for (let i = 1; i <= 10; i += 1) assert.equal(cusum.add(9, 4), 5 * i)
  assert.equal(cusum.add(1000, 4), 100)
  for (let i = 0; i < 25; i += 1) cusum.add(0, 4)
  assert.equal(cusum.sum, 0)
})
