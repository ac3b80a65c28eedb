import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Strangers } from './strangers.ts'

const options = { slots: 16, cellMs: 1000, patience: 3, maxPerSource: 100 }

interface Sums {
  requests: number
  sources: number
}

function closed(strangers: Strangers, nowMs: number, sums: Sums): void {
  strangers.advance(nowMs, span => {
    sums.requests += span.requests
    sums.sources += span.sources
  })
}

const step = fc.record({ slot: fc.nat(15), settles: fc.boolean(), afterMs: fc.nat(900) })

test('what led nowhere is all told once, and what led somewhere in time never', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const strangers = new Strangers(options)
      const sums = { requests: 0, sources: 0 }
      let nowMs = 5000
      let sent = 0
      let lost = 0
      const open = new Map<number, { count: number; cell: number }>()
      for (const { slot, settles, afterMs } of steps) {
        nowMs += afterMs
        closed(strangers, nowMs, sums)
        const cell = Math.floor(nowMs / 1000)
        for (const [key, each] of open) if (cell - each.cell > 3) open.delete(key)
        const place = { slot, generation: 1 }
        if (settles) {
          strangers.settled(place)
          lost += open.get(slot)?.count ?? 0
          open.delete(slot)
        } else {
          strangers.came(place, nowMs)
          sent += 1
          const known = open.get(slot)
          if (known === undefined) open.set(slot, { count: 1, cell })
          else known.count += 1
        }
      }
      for (let i = 1; i <= 8; i += 1) closed(strangers, nowMs + i * 1000, sums)
      assert.equal(sums.requests, sent - lost)
      assert.ok(sums.sources >= 0 && sums.sources <= sums.requests)
    }),
  )
})

test('of one source no more than the bound counts', () => {
  const strangers = new Strangers({ ...options, maxPerSource: 3 })
  const sums = { requests: 0, sources: 0 }
  for (let i = 0; i < 50; i += 1) strangers.came({ slot: 1, generation: 1 }, 1000)
  for (let i = 2; i < 10; i += 1) closed(strangers, i * 1000, sums)
  assert.deepEqual(sums, { requests: 3, sources: 1 })
})

test('another source in the same place is another source', () => {
  const strangers = new Strangers(options)
  assert.ok(strangers.came({ slot: 1, generation: 1 }, 1000))
  assert.ok(!strangers.came({ slot: 1, generation: 1 }, 1000))
  assert.ok(strangers.came({ slot: 1, generation: 2 }, 1000))
})

test('who comes back later than the patience gives back what was told, once', () => {
  const strangers = new Strangers(options)
  const place = { slot: 1, generation: 1 }
  const sums = { requests: 0, sources: 0 }
  for (let i = 0; i < 5; i += 1) strangers.came(place, 1000)
  for (let i = 2; i < 10; i += 1) closed(strangers, i * 1000, sums)
  assert.equal(strangers.settled(place), -5)
  assert.equal(Math.abs(strangers.settled(place)), 0)
})
