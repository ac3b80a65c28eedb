import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Budget, OverBudget, Rate } from './budget.ts'

test('who waits for his turn sends no more in a second than the rate, but for one short burst', () => {
  const rate = new Rate(100)
  let nowMs = 10_000
  const sentAt: number[] = []
  for (let sent = 0; sent < 1_000; sent++) {
    nowMs += rate.waitMs(nowMs)
    rate.spend(nowMs)
    sentAt.push(nowMs)
  }
  for (const from of sentAt) {
    const within = sentAt.filter(at => at >= from && at < from + 1_000).length
    assert.ok(within <= 126, `${within} in the second from ${from}`)
  }
  assert.ok(nowMs >= 10_000 + 9_500)
})

test('a burst goes out at once, and is waited for afterwards', () => {
  const rate = new Rate(100)
  for (let sent = 0; sent < 300; sent++) rate.spend(10_000)
  assert.equal(rate.waitMs(10_000), 2_750)
  assert.equal(rate.waitMs(12_750), 0)
})

test('no bound means no wait', () => {
  const rate = new Rate(Number.POSITIVE_INFINITY)
  for (let sent = 0; sent < 1_000; sent++) rate.spend(1)
  assert.equal(rate.waitMs(1), 0)
})

test('no message goes out beyond the budget, but those that clean up', () => {
  const budget = new Budget(2, new Rate(1_000))
  budget.spend(0)
  budget.spend(0)
  assert.throws(() => budget.spend(0), OverBudget)
  assert.equal(budget.sent, 2)
  budget.reserve(1)
  budget.spend(0)
  assert.throws(() => budget.spend(0), OverBudget)
})
