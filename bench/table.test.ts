import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Figure } from './figures.ts'
import { tenthOf } from './pairs.ts'
import { printTable, summaryOf } from './table.ts'

const common: Omit<Figure, 'server' | 'cpuUs' | 'round'> = {
  workload: 'c',
  transport: 'udp',
  load: 'saturated',
  perSecond: 1000,
  failedPercent: 0,
  repeatedPercent: 0,
  p50Us: 1000,
  p99Us: 3000,
  ringingP50Us: 500,
  serverLoad: 0.9,
  generatorLoad: 0.5,
  messagesPerCall: 13,
  fromUs: 0,
  toUs: 3e6,
  kernelShare: 0.3,
  residentMegabytes: 100,
  codes: {},
}

/** Rounds of CPU times: ours, theirs. */
function rounds(...pairs: readonly (readonly [number, number])[]): Figure[] {
  return pairs.flatMap(([ours, theirs], round) => [
    { ...common, server: 'kamailio' as const, cpuUs: theirs, round },
    { ...common, server: 'aspis' as const, cpuUs: ours, round },
  ])
}

test('the ratio is the median of the ratios of the pairs, not the ratio of the medians', () => {
  const [row] = summaryOf(rounds([10, 20], [30, 20], [40, 50]))
  const ours = row?.servers.find(each => each.server === 'aspis')
  assert.equal(ours?.ratio, 0.8)
  assert.equal(ours?.cpuUs.median, 30)
})

test('a server without a partner in its round has no ratio', () => {
  const [row] = summaryOf(rounds([10, 20]).filter(each => each.server === 'aspis'))
  assert.equal(row?.servers[0]?.ratio, undefined)
})

test('transports and loads are rows of their own, and the worst round says what failed', () => {
  const [first, second] = rounds([10, 20])
  assert.ok(first !== undefined && second !== undefined)
  const rows = summaryOf([
    first,
    { ...second, transport: 'tls' },
    { ...second, load: 'tenth', failedPercent: 2 },
  ])
  assert.equal(rows.length, 3)
  assert.equal(rows[2]?.servers[0]?.failedPercent, 2)
})

test('the table names workload and servers, and shows the ratio', () => {
  const text = printTable(summaryOf(rounds([10, 20])))
  assert.match(text, /c call, udp\s+kamailio/)
  assert.match(text, /aspis\s+10\.0\/10\.0\/10\.0\s+0\.50/)
})

test('a tenth of the rate is that of the slowest server', () => {
  const [first, second] = rounds([10, 20])
  assert.ok(first !== undefined && second !== undefined)
  assert.equal(tenthOf([first, { ...second, perSecond: 400 }]), 40)
})
