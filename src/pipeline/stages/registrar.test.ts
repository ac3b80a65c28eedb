import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryStage } from '../../../test/support/stage-context.ts'
import { reply } from '../stage.ts'
import { registrar } from './registrar.ts'

test('a REGISTER of a served domain ends at the location service, now or later', async () => {
  const register = { method: 'REGISTER', uri: 'sip:example.test' }
  assert.equal(
    await tryStage(registrar, { ...register, ports: { register: () => reply(200, 'registered') } }),
    'reply 200 registered',
  )
  assert.equal(
    await tryStage(registrar, { ...register, ports: { register: async () => reply(500, 'not-stored') } }),
    'reply 500 not-stored',
  )
})

test('other requests, and a REGISTER for elsewhere, go on', async () => {
  assert.equal(await tryStage(registrar), 'next')
  assert.equal(await tryStage(registrar, { method: 'REGISTER', uri: 'sip:elsewhere.test' }), 'next')
  assert.equal(await tryStage(registrar, { method: 'REGISTER', uri: 'sip:192.0.2.99' }), 'next')
})
