import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NonceCounts } from './nonce-count.ts'
import { KEYS } from './test-realm.ts'

const use = (counts: NonceCounts, count: number, nonce = 'n', isOneTime = false) =>
  counts.use(nonce, 10, count, isOneTime)

test('DIG-16: a count is good once', () => {
  const counts = new NonceCounts(KEYS.memory, 0, 100)
  assert.equal(use(counts, 1), 'new')
  assert.equal(use(counts, 1), 'replayed')
  assert.equal(use(counts, 2), 'new')
  assert.equal(use(counts, 2), 'replayed')
})

test('DIG-16: datagrams may overtake one another by 63 counts, not by 64', () => {
  const counts = new NonceCounts(KEYS.memory, 0, 100)
  assert.equal(use(counts, 100), 'new')
  assert.equal(use(counts, 37), 'new')
  assert.equal(use(counts, 36), 'replayed')
  assert.equal(use(counts, 37), 'replayed')
})

test('DIG-16: a count far ahead is good, up to the last', () => {
  const counts = new NonceCounts(KEYS.memory, 0, 100)
  assert.equal(use(counts, 1), 'new')
  assert.equal(use(counts, 0xffffffff), 'new')
  assert.equal(use(counts, 0xffffffff), 'replayed')
  assert.equal(use(counts, 0xfffffffe), 'new')
})

test('DIG-16: a one-time nonce is good for one request', () => {
  const counts = new NonceCounts(KEYS.memory, 0, 100)
  assert.equal(use(counts, 1, 'n', true), 'new')
  assert.equal(use(counts, 2, 'n', true), 'replayed')
})

test('DIG-16: the window agrees with a list of all that was used', () => {
  const run = fc.array(fc.integer({ min: 1, max: 130 }), { minLength: 100, maxLength: 200 })
  fc.assert(
    fc.property(run, counted => {
      const counts = new NonceCounts(KEYS.memory, 0, 100)
      const used = new Set<number>()
      for (const count of counted) {
        const highest = Math.max(0, ...used)
        const isNew = !used.has(count) && (used.size === 0 || count > highest - 64)
        assert.equal(use(counts, count), isNew ? 'new' : 'replayed')
        if (isNew) used.add(count)
      }
    }),
  )
})

test('DIG-16: a nonce from before the start of the process is forgotten', () => {
  const counts = new NonceCounts(KEYS.memory, 1000, 100)
  assert.equal(counts.use('n', 999, 1, false), 'forgotten')
  assert.equal(counts.use('m', 1000, 1, false), 'new')
})

test('DIG-16: what memory lost is never taken for new', () => {
  const counts = new NonceCounts(KEYS.memory, 0, 4)
  const accepted = new Set<string>()
  for (let i = 0; i < 50; i++) {
    if (counts.use(`n${i}`, i, 1, false) === 'new') accepted.add(`n${i}`)
  }
  for (let i = 0; i < 50; i++) {
    if (accepted.has(`n${i}`)) assert.notEqual(counts.use(`n${i}`, i, 1, false), 'new')
  }
  assert.ok(accepted.size > 25)
})
