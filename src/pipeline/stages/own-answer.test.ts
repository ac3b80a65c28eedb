import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, tryStage } from '../../../test/support/stage-context.ts'
import { ownAnswer } from './own-answer.ts'

const uri = 'sip:example.test'

test('UAS-13: OPTIONS to the server is answered with what it knows', async () => {
  assert.equal(await tryStage(ownAnswer, { method: 'OPTIONS', uri }), 'stateless 200 options')
  const verdict = await ownAnswer.run(contextOf({ method: 'OPTIONS', uri }))
  assert.ok(verdict.kind === 'reply')
  const names = (verdict.headers ?? []).map(([name]) => name)
  assert.deepEqual(names.sort(), ['Accept', 'Allow', 'Supported'])
})

test('UAS-01: a method that nobody knows is 501, one that is not for a server 405 with what is', async () => {
  assert.equal(await tryStage(ownAnswer, { method: 'FOO', uri }), 'reply 501 unknown-method')
  assert.equal(await tryStage(ownAnswer, { method: 'INVITE', uri }), 'reply 405 not-for-the-server')
  const verdict = await ownAnswer.run(contextOf({ method: 'INVITE', uri }))
  assert.deepEqual(verdict.kind === 'reply' && verdict.headers, [['Allow', 'OPTIONS, REGISTER']])
})

test('UAS-04 UAS-05: the server has no dialogs: 481, and an ACK is dropped', async () => {
  for (const method of ['BYE', 'INFO', 'NOTIFY', 'PRACK'])
    assert.equal(await tryStage(ownAnswer, { method, uri, toTag: 'x' }), 'reply 481 no-such-dialog', method)
  assert.equal(await tryStage(ownAnswer, { method: 'ACK', uri }), 'drop ack-to-server')
})

test('MSG-08: requests for users go on, whatever their method', async () => {
  for (const method of ['OPTIONS', 'FOO', 'INVITE'])
    assert.equal(await tryStage(ownAnswer, { method }), 'next')
})
