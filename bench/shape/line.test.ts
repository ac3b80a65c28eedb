import assert from 'node:assert/strict'
import { test } from 'node:test'
import { farOverNear, fitLine, type Point } from './line.ts'

test('points on a line are fitted by it', () => {
  const { atZero, perUnit, worstPercent } = fitLine([
    [1, 12],
    [2, 14],
    [8, 26],
  ])
  assert.ok(Math.abs(atZero - 10) < 1e-9 && Math.abs(perUnit - 2) < 1e-9 && worstPercent < 1e-6)
})

test('a curve is not straight: the worst point tells', () => {
  const squares: readonly Point[] = [1, 2, 4, 8].map(x => [x, x * x] as const)
  assert.ok(fitLine(squares).worstPercent > 50)
  assert.equal(farOverNear(squares), 64)
})

test('one point is flat', () => {
  assert.deepEqual(fitLine([[5, 7]]), { atZero: 7, perUnit: 0, worstPercent: 0 })
})
