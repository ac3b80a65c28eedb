import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSample, type Sample } from './harness/samples.ts'
import { longestStallOf, memoryChangeOf } from './soak.ts'

const sample = (seconds: number, residentMegabytes: number, stallMs = 1): Sample => ({
  seconds,
  residentMegabytes,
  heapMegabytes: 50,
  stallMs,
  transactions: 0,
})

test('memory is compared from the first fifth to the last, and a single spike does not count', () => {
  const flat = Array.from({ length: 20 }, (_, at) => sample(at * 5, at === 18 ? 500 : 100))
  assert.equal(memoryChangeOf(flat), 0)
  const growing = Array.from({ length: 20 }, (_, at) => sample(at * 5, 100 + at))
  assert.ok(memoryChangeOf(growing) > 14)
})

test('a stall of the start is not one of the load, unless the run is too short to tell', () => {
  const stalls = Array.from({ length: 40 }, (_, at) => sample(at * 5, 100, at < 20 ? 200 : 7))
  assert.equal(longestStallOf(stalls), 7)
  assert.equal(longestStallOf(stalls.slice(0, 10)), 200)
})

test('a sample is read from the metrics, and one that lacks a metric is refused', () => {
  const machines = ['invite-client', 'non-invite-client', 'invite-server', 'non-invite-server']
  const transactions = Object.fromEntries(machines.map(name => [`aspis_transactions{machine="${name}"}`, 5]))
  const values = {
    ...transactions,
    process_resident_memory_bytes: 2e8,
    aspis_heap_bytes: 5e7,
    'aspis_event_loop_lag_seconds{quantile="1"}': 0.012,
  }
  assert.deepEqual(readSample({ atMs: 6000, values }, 1000), {
    seconds: 5,
    residentMegabytes: 200,
    heapMegabytes: 50,
    stallMs: 12,
    transactions: 20,
  })
  assert.throws(() => readSample({ atMs: 6000, values: transactions }, 1000), /no metric/)
})
