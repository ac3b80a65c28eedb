import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenQuestions } from './open-questions.ts'
import { SeenBefore } from './seen-before.ts'
import type { Slot } from './slot-table.ts'

const OWNER = { slot: 1, generation: 1 }

test('what is finished in time leaves nothing, what is not is told once', () => {
  const questions = new OpenQuestions<Slot>(4, 64, 3000, 100_000)
  const left: number[] = []
  questions.ask(OWNER, 1, 0)
  questions.ask(OWNER, 2, 0)
  assert.equal(questions.openOf(OWNER), 2)
  questions.settle(OWNER, 1, 500)
  questions.tick(2000, (_, key) => left.push(key))
  assert.equal(left.length, 0)
  questions.tick(3000, (_, key) => left.push(key))
  assert.deepEqual(left, [2])
  assert.equal(questions.leftOf(OWNER), 1)
  // Asked again it stays one thing.
  assert.equal(questions.ask(OWNER, 2, 4000), 1)
  questions.tick(9000, (_, key) => left.push(key))
  assert.deepEqual(left, [2])
})

test('what was left open and is finished later is forgiven', () => {
  const questions = new OpenQuestions<Slot>(4, 64, 3000, 100_000)
  assert.equal(questions.leave(OWNER, 9, 0), 1)
  questions.settle(OWNER, 9, 50_000)
  assert.equal(questions.openOf(OWNER), 0)
})

test('a filter knows what it saw, and forgets the oldest when it is full', () => {
  const seen = new SeenBefore()
  for (let i = 0; i < 1000; i += 1) seen.add(Math.imul(i, 0x9e3779b1))
  for (let i = 0; i < 1000; i += 1) assert.ok(seen.has(Math.imul(i, 0x9e3779b1)))
  let wrong = 0
  for (let i = 1000; i < 11_000; i += 1) if (seen.has(Math.imul(i, 0x9e3779b1))) wrong += 1
  assert.ok(wrong < 100)
})
