import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '../../../test/support/sip-text.ts'
import { failed, ok } from '../../base/result.ts'
import { incomingBreadth, nextMaxForwards } from './hop-limits.ts'

test('PRX-08: Max-Forwards goes down by one, is 70 where it was absent, and ends the way at 0', () => {
  assert.deepEqual(nextMaxForwards(request({ maxForwards: 10 })), ok(9))
  assert.deepEqual(nextMaxForwards(request({ maxForwards: 1 })), ok(0))
  assert.deepEqual(nextMaxForwards(request({ maxForwards: 'none' })), ok(70))
  assert.deepEqual(nextMaxForwards(request({ maxForwards: 0 })), failed(483))
})

test('MSG-05: a Max-Forwards beyond 255 counts as absent', () => {
  assert.deepEqual(nextMaxForwards(request({ maxForwards: 300 })), ok(70))
})

test('FRK-06: Max-Breadth is 60 where it is absent or larger', () => {
  assert.equal(incomingBreadth(request()), 60)
  assert.equal(incomingBreadth(request({ lines: ['Max-Breadth: 61'] })), 60)
  assert.equal(incomingBreadth(request({ lines: ['Max-Breadth: 99999999999999999999'] })), 60)
  assert.equal(incomingBreadth(request({ lines: ['Max-Breadth: 4'] })), 4)
})

test('FRK-06: a Max-Breadth that is nonsense counts as the narrowest', () => {
  for (const lines of [['Max-Breadth: 0'], ['Max-Breadth: -1'], ['Max-Breadth: 6;x'], ['Max-Breadth:']]) {
    assert.equal(incomingBreadth(request({ lines })), 1, lines[0])
  }
  assert.equal(incomingBreadth(request({ lines: ['Max-Breadth: 60', 'Max-Breadth: 60'] })), 1)
})

test('a request that was here before gets no more breadth than one user has contacts', () => {
  assert.equal(incomingBreadth(request({ lines: ['Max-Breadth: 60'] }), true), 10)
  assert.equal(incomingBreadth(request({ lines: ['Max-Breadth: 4'] }), true), 4)
  assert.equal(incomingBreadth(request({ lines: ['Max-Breadth: 60'] }), false), 60)
})
