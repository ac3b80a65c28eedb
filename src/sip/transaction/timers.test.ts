import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TimerName } from './table.ts'
import { makeTimers, timerMs } from './timers.ts'

/** Table 4 of RFC 3261 and RFC 6026 §8.11 with the default values: UDP, then streams. */
const TABLE_4: readonly (readonly [TimerName, number | undefined, number | undefined])[] = [
  ['timer A', 500, undefined],
  ['timer B', 32_000, 32_000],
  ['timer D', 32_000, 0],
  ['timer E', 500, undefined],
  ['timer F', 32_000, 32_000],
  ['timer G', 500, undefined],
  ['timer H', 32_000, 32_000],
  ['timer I', 5000, 0],
  ['timer J', 32_000, 0],
  ['timer K', 5000, 0],
  ['timer L', 32_000, 32_000],
  ['timer M', 32_000, 32_000],
  ['timer cancel', 32_000, 32_000],
]

test('the timers have the values of table 4', () => {
  const timers = makeTimers()
  for (const [name, udpMs, streamMs] of TABLE_4) {
    assert.equal(timerMs(name, timers, true, false, 0), udpMs, name)
    assert.equal(timerMs(name, timers, true, true, 0), streamMs, name)
  }
})

test('an unanswered INVITE gets its 100 after 200 ms, a non-INVITE when timer E has come to T2 (TXN-11)', () => {
  assert.equal(timerMs('timer 100', makeTimers(), true, false, 0), 200)
  assert.equal(timerMs('timer 100', makeTimers(), false, false, 0), 3500)
  assert.equal(makeTimers({ t1Ms: 1000 }).nonInvite100Ms, 1000 + 2000)
})

test('timer D is never less than 32 s, whatever T1 is; the others follow T1', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), t1Ms => {
      const timers = makeTimers({ t1Ms })
      assert.equal(timers.lifetimeMs, 64 * t1Ms)
      assert.equal(timers.timerDMs, Math.max(32_000, 64 * t1Ms))
      assert.equal(timers.t2Ms, 4000)
    }),
  )
})

test('timer A doubles without end, timers E and G up to T2', () => {
  const timers = makeTimers()
  const series = (name: TimerName) => {
    const intervals: (number | undefined)[] = []
    for (let previous = 0; intervals.length < 6; ) {
      previous = timerMs(name, timers, true, false, previous) ?? 0
      intervals.push(previous)
    }
    return intervals
  }
  assert.deepEqual(series('timer A'), [500, 1000, 2000, 4000, 8000, 16_000])
  assert.deepEqual(series('timer E'), [500, 1000, 2000, 4000, 4000, 4000])
  assert.deepEqual(series('timer G'), [500, 1000, 2000, 4000, 4000, 4000])
})
