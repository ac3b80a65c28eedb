import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryStage } from '../../../test/support/stage-context.ts'
import { maxForwards } from './max-forwards.ts'

test('PRX-01: Max-Forwards 0 goes no further, but ends at a registrar; an ACK is dropped', async () => {
  for (const hops of [1, 70, 'none'] as const)
    assert.equal(await tryStage(maxForwards, { maxForwards: hops }), 'next')
  assert.equal(await tryStage(maxForwards, { maxForwards: 0 }), 'stateless 483 too-many-hops')
  assert.equal(await tryStage(maxForwards, { maxForwards: 0, method: 'REGISTER' }), 'next')
  assert.equal(await tryStage(maxForwards, { maxForwards: 0, method: 'ACK' }), 'drop too-many-hops')
})
