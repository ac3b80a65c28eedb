import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Trial, tryStage } from '../../../test/support/stage-context.ts'
import { reply } from '../stage.ts'
import { callLimits } from './call-limits.ts'

const caller = { caller: { kind: 'user', user: 'alice', domain: 'example.test', aors: [] } } as never

test('an INVITE that begins a call asks for its place, and nothing else does', async () => {
  const asked: string[] = []
  const ports: Trial['ports'] = {
    holdCall: ({ request }) => {
      asked.push(request.method)
      return reply(480, 'too-many-calls')
    },
  }
  const inDialog = { from: 'caller', towards: undefined, token: 't' } as never
  assert.equal(await tryStage(callLimits, { ports, context: { caller } }), 'reply 480 too-many-calls')
  assert.equal(await tryStage(callLimits, { ports, method: 'MESSAGE', context: { caller } }), 'next')
  assert.equal(await tryStage(callLimits, { ports, context: { inDialog } }), 'next')
  const spiral = { caller, isSpiral: true }
  assert.equal(await tryStage(callLimits, { ports, context: spiral }), 'reply 480 too-many-calls')
  assert.deepEqual(asked, ['INVITE', 'INVITE'])
})

test('who has to ask another process waits for the answer', async () => {
  const answer = async (): Promise<undefined> => undefined
  assert.equal(await tryStage(callLimits, { ports: { holdCall: answer }, context: { caller } }), 'next')
})
