import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Guessing } from './guessing.ts'
import { HERE, KEYS, NOW_MS } from './test-realm.ts'

const MINUTE_MS = 60_000

/** Fails at every moment when it is let. @returns how many were looked at */
function guessFor(
  guessing: Guessing,
  user: string,
  source: string,
  durationMs: number,
  everyMs: number,
): number {
  let seen = 0
  for (let nowMs = NOW_MS; nowMs < NOW_MS + durationMs; nowMs += everyMs) {
    if (guessing.waitMs(user, source, nowMs) > 0) continue
    guessing.failed(user, source, nowMs)
    seen += 1
  }
  return seen
}

test('DIG-32, C01: the fifth wrong answer has to wait, and the wait doubles', () => {
  const guessing = new Guessing(KEYS.memory, 1000)
  for (let i = 0; i < 4; i++) {
    assert.equal(guessing.waitMs('alice', HERE, NOW_MS), 0)
    guessing.failed('alice', HERE, NOW_MS)
  }
  assert.equal(guessing.waitMs('alice', HERE, NOW_MS), 1000)
  guessing.failed('alice', HERE, NOW_MS + 1000)
  assert.equal(guessing.waitMs('alice', HERE, NOW_MS + 1000), 2000)
  guessing.failed('alice', HERE, NOW_MS + 3000)
  assert.equal(guessing.waitMs('alice', HERE, NOW_MS + 3000), 4000)
})

test('DIG-32: a hundred guesses a second for an hour are fewer than twenty', () => {
  assert.ok(guessFor(new Guessing(KEYS.memory, 1000), 'alice', HERE, 60 * MINUTE_MS, 10) < 20)
})

test('DIG-32, C02: a source that tries one password on many users is slowed down', () => {
  const guessing = new Guessing(KEYS.memory, 10_000)
  let seen = 0
  for (let i = 0; i < 1000; i++) {
    if (guessing.waitMs(`user${i}`, HERE, NOW_MS + i * 10) > 0) continue
    guessing.failed(`user${i}`, HERE, NOW_MS + i * 10)
    seen += 1
  }
  assert.ok(seen <= 25, `${seen}`)
})

test('DIG-32, C03: a thousand sources guessing one user are slowed down, and her own phone is not', () => {
  const guessing = new Guessing(KEYS.memory, 10_000)
  guessing.succeeded('alice', HERE, NOW_MS)
  let seen = 0
  for (let i = 0; i < 1000; i++) {
    const source = `198.51.${i >> 8}.${i & 255}`
    if (guessing.waitMs('alice', source, NOW_MS + i) > 0) continue
    guessing.failed('alice', source, NOW_MS + i)
    seen += 1
  }
  assert.ok(seen <= 12, `${seen}`)
  assert.equal(guessing.waitMs('alice', HERE, NOW_MS + 1000), 0)
  assert.ok(guessing.waitMs('alice', '203.0.113.1', NOW_MS + 1000) > 0)
  assert.ok(guessing.waitMs('alice', '203.0.113.1', NOW_MS + 1000) <= MINUTE_MS)
})

test('C03: a pair that was right before still answers for its own mistakes', () => {
  const guessing = new Guessing(KEYS.memory, 1000)
  guessing.succeeded('alice', HERE, NOW_MS)
  assert.ok(guessFor(guessing, 'alice', HERE, MINUTE_MS, 10) < 12)
  guessing.succeeded('alice', HERE, NOW_MS + MINUTE_MS)
  assert.equal(guessing.waitMs('alice', HERE, NOW_MS + MINUTE_MS), 0)
})

test('one phone with an old password does not lock out the office behind its address', () => {
  const guessing = new Guessing(KEYS.memory, 1000)
  const dayMs = 24 * 60 * MINUTE_MS
  const seen = guessFor(guessing, 'old-phone', HERE, dayMs, MINUTE_MS)
  assert.ok(seen > 50, `${seen}`)
  assert.equal(guessing.waitMs('new-phone', HERE, NOW_MS + dayMs), 0)
})

test("an account of one's own does not buy guesses at others", () => {
  const guessing = new Guessing(KEYS.memory, 10_000)
  let seen = 0
  for (let i = 0; i < 1000; i++) {
    guessing.succeeded('mallory', HERE, NOW_MS + i * 10)
    if (guessing.waitMs(`user${i}`, HERE, NOW_MS + i * 10) > 0) continue
    guessing.failed(`user${i}`, HERE, NOW_MS + i * 10)
    seen += 1
  }
  assert.ok(seen <= 25, `${seen}`)
})

test('mistakes are forgotten after an hour', () => {
  const guessing = new Guessing(KEYS.memory, 1000)
  for (let i = 0; i < 4; i++) guessing.failed('alice', HERE, NOW_MS)
  guessing.failed('alice', HERE, NOW_MS + 61 * MINUTE_MS)
  assert.equal(guessing.waitMs('alice', HERE, NOW_MS + 61 * MINUTE_MS), 0)
})
