import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Deadline, Deadlines } from './deadlines.ts'

const DELAYS = [0, 1, 5, 20, 100]

/** The same queue as a list that is sorted whenever it is asked. */
class SortedList {
  readonly items: { dueMs: number; id: number; order: number }[] = []

  takeDue(nowMs: number): { dueMs: number; id: number } | undefined {
    this.items.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)
    const first = this.items[0]
    return first !== undefined && first.dueMs <= nowMs ? this.items.shift() : undefined
  }
}

test('deadlines fire as a sorted list of them would, whatever is set and cancelled', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('set'), n: fc.nat(DELAYS.length - 1) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel'), n: fc.nat(1000) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('advance'), n: fc.nat(30) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const queue = new Deadlines()
      const list = new SortedList()
      const handles: Deadline[] = []
      const fired: { dueMs: number; id: number }[] = []
      let nowMs = 0
      for (const { do: what, n } of steps) {
        if (what === 'set') {
          const id = handles.length
          const dueMs = nowMs + (DELAYS[n] ?? 0)
          handles.push(queue.set(nowMs, DELAYS[n] ?? 0, () => fired.push({ dueMs, id })))
          list.items.push({ dueMs, id, order: id })
        } else if (what === 'cancel') {
          const id = n % (handles.length + 1)
          queue.cancel(handles[id])
          const at = list.items.findIndex(item => item.id === id)
          if (at >= 0) list.items.splice(at, 1)
        } else {
          nowMs += n
          const from = fired.length
          const count = queue.run(nowMs)
          const wanted: { dueMs: number; id: number }[] = []
          for (let item = list.takeDue(nowMs); item; item = list.takeDue(nowMs)) wanted.push(item)
          const got = fired.slice(from)
          assert.equal(count, wanted.length)
          assert.deepEqual(
            got.map(item => item.dueMs),
            wanted.map(item => item.dueMs),
          )
          assert.deepEqual(new Set(got.map(item => item.id)), new Set(wanted.map(item => item.id)))
        }
        const next = Math.min(...list.items.map(item => item.dueMs))
        assert.equal(queue.nextMs(), list.items.length === 0 ? undefined : next)
        assert.equal(queue.size, list.items.length)
      }
    }),
  )
})

test('deadlines of one delay that are due together fire in the order in which they were set', () => {
  const queue = new Deadlines()
  const fired: number[] = []
  for (let id = 0; id < 10; id++) queue.set(0, 5, () => fired.push(id))
  queue.run(5)
  assert.deepEqual(fired, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a deadline set while others fire, and already due, fires in the same run', () => {
  const queue = new Deadlines()
  const fired: string[] = []
  queue.set(0, 10, () => {
    fired.push('first')
    queue.set(10, 0, () => fired.push('second'))
  })
  assert.equal(queue.run(10), 2)
  assert.deepEqual(fired, ['first', 'second'])
})

test('a deadline cancelled by one that fires before it does not fire', () => {
  const queue = new Deadlines()
  let fired = 0
  const later = queue.set(0, 20, () => {
    fired += 1
  })
  queue.set(0, 10, () => queue.cancel(later))
  assert.equal(queue.run(30), 1)
  assert.equal(fired, 0)
  assert.equal(queue.size, 0)
})

test('an object is told the name of its deadline', () => {
  const queue = new Deadlines()
  const names: string[] = []
  const subject = { due: (name: string) => names.push(name) }
  queue.set(0, 2, subject, 'late')
  queue.set(0, 1, subject, 'early')
  queue.run(2)
  assert.deepEqual(names, ['early', 'late'])
})

test('cancelling twice, or after it fired, counts once', () => {
  const queue = new Deadlines()
  const deadline = queue.set(0, 1, () => {})
  queue.set(0, 1, () => {})
  queue.cancel(deadline)
  queue.cancel(deadline)
  assert.equal(queue.size, 1)
  queue.run(1)
  queue.cancel(deadline)
  assert.equal(queue.size, 0)
  assert.equal(deadline.fire, undefined)
})

test('lanes of delays that nobody uses any more are not kept', () => {
  const queue = new Deadlines()
  for (let delayMs = 1; delayMs <= 10_000; delayMs++) {
    queue.set(delayMs, delayMs, () => {})
    queue.run(2 * delayMs)
  }
  assert.equal(queue.size, 0)
  assert.ok(queue.lanes <= 32, `${queue.lanes} lanes kept`)
})

test('cancelling in the middle, at the head and at the end of a lane leaves the others in their order', () => {
  const queue = new Deadlines()
  const fired: number[] = []
  const set = [0, 1, 2, 3, 4].map(id => queue.set(0, 5, () => fired.push(id)))
  for (const id of [2, 0, 4]) queue.cancel(set[id])
  assert.equal(queue.run(5), 2)
  assert.deepEqual(fired, [1, 3])
})
