import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Flow } from '../../base/flow.ts'
import { FinishedTransactions } from './finished.ts'
import { type TransactionKey, TransactionKeys } from './key.ts'

const keys = new TransactionKeys(Buffer.alloc(16, 7))

function keyOf(name: string): TransactionKey {
  return keys.client(name, 'OPTIONS')
}

const flow: Flow = {
  id: 1,
  transport: 'udp',
  local: { ip: '192.0.2.1', port: 5060 },
  remote: { ip: '192.0.2.7', port: 5060 },
  isReliable: false,
  isSecure: false,
  isOpen: true,
  isProved: true,
  peerIdentities: [],
  send: () => true,
  close: () => {},
}

function row(text: string) {
  return { flow, hop: undefined, text, asksForSource: text.length % 2 === 1 }
}

test('TXN-21: what was added is found with its response until its time is over, whatever comes and goes', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ key: fc.nat(60), length: fc.nat(200_000) }) },
    { weight: 2, arbitrary: fc.record({ passMs: fc.nat(40) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), steps => {
      const finished = new FinishedTransactions(64, 1 << 23)
      const model = new Map<string, { text: string; dueMs: number }>()
      let nowMs = 0
      for (const [i, each] of steps.entries()) {
        if ('passMs' in each) {
          nowMs += each.passMs
          finished.expire(nowMs)
          for (const [name, { dueMs }] of model) if (dueMs <= nowMs) model.delete(name)
        } else {
          const name = `z9hG4bK${each.key}.${i}`
          const text = 'x'.repeat(each.length % 60_000)
          finished.add(keyOf(name), nowMs + 100, row(text))
          model.set(name, { text, dueMs: nowMs + 100 })
        }
        // Older ones went when there was no room.
        const kept = [...model].slice(-finished.size)
        assert.ok(finished.size <= 64)
        assert.ok(finished.size === model.size || finished.dropped > 0)
        for (const [name, { text }] of finished.size === 0 ? [] : kept) {
          assert.deepEqual(finished.find(keyOf(name)), row(text))
        }
        for (const [name] of [...model].slice(0, model.size - finished.size)) model.delete(name)
        assert.equal(finished.find(keyOf('z9hG4bKnever')), undefined)
      }
      finished.clear()
      assert.equal(finished.size, 0)
      assert.equal(finished.nextMs, undefined)
    }),
    { numRuns: 60 },
  )
})

test('TXN-21: at the bound of rows, or of octets, the oldest goes and is counted', () => {
  const finished = new FinishedTransactions(4, 1000)
  for (const name of ['a', 'b', 'c', 'd', 'e']) finished.add(keyOf(name), 100, row(name))
  assert.deepEqual([finished.size, finished.dropped], [4, 1])
  assert.equal(finished.find(keyOf('a')), undefined)
  assert.equal(finished.find(keyOf('e'))?.text, 'e')
  finished.add(keyOf('long'), 100, row('y'.repeat(999)))
  assert.deepEqual([finished.size, finished.find(keyOf('long'))?.text.length], [2, 999])
  assert.equal(finished.find(keyOf('d')), undefined)
})

test('TXN-21: keys that all meet in one place of the index are found, and go one by one', () => {
  // So many rows leave entries too few bits to say how far the last ones are from home.
  const finished = new FinishedTransactions(2 ** 17, 1000)
  const farthest = 2 ** 14
  const count = farthest + 200
  for (let i = 0; i < count; i++) finished.add({ first: i, second: 5 }, i, row(''))
  for (const i of [0, 1, farthest - 2, farthest - 1, farthest, count - 1]) {
    assert.ok(finished.find({ first: i, second: 5 }) !== undefined, `row ${i}`)
  }
  assert.equal(finished.find({ first: count, second: 5 }), undefined)
  for (const gone of [0, 1, 99, 150]) {
    finished.expire(gone)
    assert.equal(finished.find({ first: gone, second: 5 }), undefined)
    for (const i of [gone + 1, farthest - 1, farthest, farthest + 100, count - 1]) {
      assert.ok(finished.find({ first: i, second: 5 }) !== undefined, `row ${i} after ${gone} went`)
    }
  }
  finished.clear()
  assert.equal(finished.find({ first: count - 1, second: 5 }), undefined)
})
