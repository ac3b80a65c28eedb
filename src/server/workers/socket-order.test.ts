import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Opener, SocketOrder } from './socket-order.ts'

function openers(count: number): { readonly all: readonly Opener[]; readonly told: number[] } {
  const told: number[] = []
  const all = Array.from({ length: count }, (_, number) => ({ number, order: () => told.push(number) }))
  return { all, told }
}

test('one opens its sockets at a time, in the order in which they want to', () => {
  const sockets = new SocketOrder()
  const { all, told } = openers(3)
  const [a, b, c] = all
  assert.ok(a && b && c)
  for (const each of [b, c, a]) sockets.wants(each)
  assert.deepEqual(told, [1])
  sockets.opened(b)
  assert.deepEqual(told, [1, 2])
  // One that dies while it opens lets the next one begin, and has no place.
  sockets.gone(c)
  assert.deepEqual(told, [1, 2, 0])
  sockets.opened(a)
  assert.deepEqual(sockets.order, [1, 0])
})

test('the last one takes the place of one that is gone', () => {
  const sockets = new SocketOrder()
  const { all } = openers(4)
  for (const each of all) {
    sockets.wants(each)
    sockets.opened(each)
  }
  const [, second, , last] = all
  assert.ok(second && last)
  sockets.gone(second)
  assert.deepEqual(sockets.order, [0, 3, 2])
  sockets.wants(second)
  sockets.opened(second)
  assert.deepEqual(sockets.order, [0, 3, 2, 1])
  sockets.gone(second)
  assert.deepEqual(sockets.order, [0, 3, 2])
})

test('the factor is odd and fits into 32 bits', () => {
  for (let i = 0; i < 50; i += 1) {
    const { factor } = new SocketOrder()
    assert.ok(factor % 2 === 1 && factor > 0 && factor <= 0xffff_ffff)
  }
})
