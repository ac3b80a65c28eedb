import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, say, tryStage } from '../../../test/support/stage-context.ts'
import { forward } from './forward.ts'

test('nothing is forwarded that was not authorized', async () => {
  assert.equal(await tryStage(forward), 'reply 403 not-authorized')
})

test('what is authorized goes to the proxy with its targets', async () => {
  const authorized = { by: {} } as never
  const context = contextOf({ context: { authorized, rounds: [[]] } })
  const verdict = await forward.run(context)
  assert.equal(say(verdict), 'forward')
  assert.ok(verdict.kind === 'forward')
  assert.equal(verdict.plan.isOwnDomain, true)
  assert.equal(verdict.plan.rounds, context.rounds)
})
