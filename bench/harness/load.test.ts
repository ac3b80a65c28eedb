import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWindow } from './load.ts'

const line = {
  cpu_us_per_call: 100.5,
  cps: 9000,
  fail_pct: 0.01,
  dup_pct: 0,
  p50_us: 1000,
  p99_us: 3000,
  prov_p50_us: 700,
  cpu_util: 0.99,
  gen_util: 0.6,
  msgs_per_call: 13,
  codes: { 503: 7 },
}

test('the line of the load generator is read, with the answers that it did not want', () => {
  const window = readWindow(line)
  assert.equal(window.cpuUs, 100.5)
  assert.deepEqual(window.codes, { 503: 7 })
})

test('a figure that is missing is an error, not a zero', () => {
  const { cps, ...rest } = line
  assert.equal(cps, 9000)
  assert.throws(() => readWindow(rest), /no cps/)
  assert.throws(() => readWindow(undefined))
})
