import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Figure } from '../figures.ts'
import { cellsOf, isReached, printAims } from './aim.ts'
import { pairsAims, protectionAims, workersAims } from './aims.ts'

const figure: Omit<Figure, 'server' | 'cpuUs'> = {
  workload: 'c',
  transport: 'udp',
  load: 'saturated',
  round: 0,
  perSecond: 1000,
  failedPercent: 0,
  repeatedPercent: 0,
  p50Us: 1000,
  p99Us: 2000,
  ringingP50Us: 500,
  serverLoad: 1,
  generatorLoad: 0.5,
  messagesPerCall: 13,
  fromUs: 0,
  toUs: 3e6,
  kernelShare: 0.3,
  residentMegabytes: 100,
  codes: {},
}

test('a limit is reached exactly, and what was not measured was not reached', () => {
  const aim = { what: 'x', limit: 5, unit: 'ms' }
  assert.equal(isReached({ ...aim, measured: 5 }), true)
  assert.equal(isReached({ ...aim, measured: 5.001 }), false)
  assert.equal(isReached({ ...aim, measured: Number.NaN }), false)
  assert.equal(isReached({ ...aim, measured: 5.001, isLeast: true }), true)
  assert.match(printAims([{ ...aim, measured: 7 }]), /^MISSED +x: 7 \(at most 5 ms\)$/)
  assert.deepEqual(cellsOf({ ...aim, measured: 4, isLeast: true }), ['x', '4', 'at least 5 ms', '**no**'])
})

test('a call has to cost four fifths, over TLS and at a tenth as much, with plain datagrams a third more', () => {
  const both = (change: Partial<Figure>): Figure[] => [
    { ...figure, server: 'kamailio', cpuUs: 100, ...change },
    { ...figure, server: 'aspis', cpuUs: 90, ...change },
  ]
  const limits = (figures: readonly Figure[]) => pairsAims(figures).map(({ limit }) => limit)
  assert.deepEqual(limits(both({})), [0.8, 0.1])
  assert.deepEqual(limits(both({ transport: 'tls' })), [1, 0.1])
  assert.deepEqual(limits(both({ load: 'tenth' })), [1, 3, 0.1])
  const plain = both({}).map(each =>
    each.server === 'aspis' ? { ...each, server: 'aspis-dgram' as const } : each,
  )
  assert.deepEqual(limits(plain), [1.3, 0.1])
  assert.deepEqual(limits(both({ workload: 'g' })), [0.1])
})

test('a protection that was not measured is a missed aim', () => {
  assert.equal(protectionAims([]).some(isReached), false)
})

test('two workers are judged by throughput only where each has a processor', () => {
  const result = {
    oneUs: 100,
    twoUs: 110,
    cpuRatio: 1.1,
    onePerSecond: 10,
    twoPerSecond: 9,
    failedPercent: 0,
  }
  assert.deepEqual(workersAims({ ...result, isOnOwnCores: false }).map(isReached), [true])
  assert.deepEqual(workersAims({ ...result, isOnOwnCores: true }).map(isReached), [false])
})
