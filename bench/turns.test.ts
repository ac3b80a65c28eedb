import assert from 'node:assert/strict'
import { test } from 'node:test'
import { medianOf, ratioOf, type Turn } from './turns.ts'

type Name = 'with' | 'without'

function turn(name: Name, round: number, cpuUs: number): Turn<Name> {
  return {
    name,
    round,
    cpuUs,
    perSecond: 1000,
    failedPercent: 0,
    repeatedPercent: 0,
    p50Us: 0,
    p99Us: 0,
    ringingP50Us: 0,
    serverLoad: 1,
    generatorLoad: 0,
    messagesPerCall: 13,
    fromUs: 0,
    toUs: 3e6,
    kernelShare: 0,
    residentMegabytes: 0,
    codes: {},
  }
}

test('what one costs more is judged within each round', () => {
  const turns = [
    turn('without', 0, 100),
    turn('with', 0, 110),
    turn('with', 1, 330),
    turn('without', 1, 300),
    turn('with', 2, 60),
    turn('without', 2, 40),
  ]
  assert.equal(ratioOf(turns, 'with', 'without'), 1.1)
  assert.equal(
    medianOf(turns, 'with', each => each.cpuUs),
    110,
  )
})

test('without a round of both there is no ratio', () => {
  assert.ok(Number.isNaN(ratioOf([turn('with', 0, 1)], 'with', 'without')))
})
