import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleAttack } from '../../test/support/audit-report.ts'
import { choose } from './choose.ts'

const all = [
  sampleAttack('one', 'low', { entry: 'C01' }),
  sampleAttack('two', 'low', { entry: 'C02' }),
  sampleAttack('three', 'low', { entry: 'E01' }),
]

const ids = (only: readonly string[], skip: readonly string[] = []): unknown => {
  const found = choose(all, { only, skip })
  return 'attacks' in found ? found.attacks.map(({ id }) => id) : found.unknown
}

test('attacks are chosen and left out by id, entry and family; their order stays', () => {
  assert.deepEqual(ids([]), ['one', 'two', 'three'])
  assert.deepEqual(ids(['three', 'c01']), ['one', 'three'])
  assert.deepEqual(ids(['C'], ['two']), ['one'])
  assert.deepEqual(ids([], ['E']), ['one', 'two'])
})

test('a name that means nothing is told', () => {
  assert.deepEqual(ids(['four', 'C'], ['X', 'one']), ['four', 'X'])
})
