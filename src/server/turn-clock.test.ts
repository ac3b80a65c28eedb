import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TurnClock } from './turn-clock.ts'

test('the clock stands while it is held, and runs before and after', () => {
  let ms = 1
  const clock = new TurnClock(() => ms++)
  assert.deepEqual([clock.nowMs(), clock.nowMs()], [1, 2])
  clock.hold()
  assert.deepEqual([clock.nowMs(), clock.nowMs()], [3, 3])
  clock.release()
  assert.equal(clock.nowMs(), 4)
})
