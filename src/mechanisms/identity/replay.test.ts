import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SipKey } from '../../base/sip-hash.ts'
import { ReplayMemory } from './replay.ts'

const KEY = new SipKey(Buffer.alloc(16, 3))

const signature = (number: number): Buffer => {
  const octets = Buffer.alloc(64)
  octets.writeUInt32BE(number, 28)
  return octets
}

test('a token is good for one call, again and again (STV-07)', () => {
  const memory = new ReplayMemory(KEY, 10, 0)
  assert.equal(memory.use(signature(1), 'a', 100), undefined)
  assert.equal(memory.use(signature(1), 'a', 100), undefined)
  assert.equal(memory.use(signature(1), 'b', 100), 'replayed')
  assert.equal(memory.use(signature(2), 'b', 100), undefined)
})

test('s makes no other token of it', () => {
  const memory = new ReplayMemory(KEY, 10, 0)
  const other = signature(1)
  other.fill(7, 32)
  assert.equal(memory.use(signature(1), 'a', 100), undefined)
  assert.equal(memory.use(other, 'b', 100), 'replayed')
})

test('what had to make room makes all that is as old unknown, and unknown is refused', () => {
  const memory = new ReplayMemory(KEY, 4, 0)
  for (let number = 0; number < 4; number++)
    assert.equal(memory.use(signature(number), 'a', 100 + number), undefined)
  assert.equal(memory.use(signature(9), 'a', 110), undefined)
  assert.equal(memory.use(signature(0), 'b', 100), 'replay-memory-short')
  assert.equal(memory.use(signature(10), 'a', 100), 'replay-memory-short')
  assert.equal(memory.use(signature(1), 'b', 101), 'replayed')
  assert.equal(memory.use(signature(11), 'a', 101), undefined)
})

test('tokens made before the memory began are refused', () => {
  const memory = new ReplayMemory(KEY, 4, 100)
  assert.equal(memory.use(signature(1), 'a', 99), 'replay-memory-short')
  assert.equal(memory.use(signature(1), 'a', 100), undefined)
})

test('what one process took another hears of, and refuses for other calls', () => {
  const [here, there] = [new ReplayMemory(KEY, 4, 0), new ReplayMemory(new SipKey(Buffer.alloc(16, 4)), 4, 0)]
  here.onUsed = (r, callId, iat) => there.heard(r, callId, iat)
  assert.equal(here.use(signature(200), 'a', 100), undefined)
  assert.equal(there.use(signature(200), 'a', 100), undefined)
  assert.equal(there.use(signature(200), 'b', 100), 'replayed')
})

test('a token is told of once', () => {
  const memory = new ReplayMemory(KEY, 4, 0)
  const told: unknown[] = []
  memory.onUsed = (...use) => told.push(use)
  for (const callId of ['a', 'a', 'b']) memory.use(signature(1), callId, 100)
  assert.equal(told.length, 1)
})
