import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventLoopLag } from './event-loop-lag.ts'

test('a stall is seen by the longest lag, which no other quantile exceeds', async () => {
  assert.deepEqual(
    eventLoopLag().map(([quantile]) => quantile),
    ['0.5', '0.99', '1'],
  )
  await sleep(60)
  const untilMs = performance.now() + 200
  while (performance.now() < untilMs);
  await sleep(60)
  const [middle, most, longest] = eventLoopLag().map(([, seconds]) => seconds)
  assert.ok(longest !== undefined && longest >= 0.15)
  assert.ok(middle !== undefined && most !== undefined && middle <= most && most <= longest)
})
