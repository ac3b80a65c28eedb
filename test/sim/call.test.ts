import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'

test('a call: REGISTER with digest, INVITE 407 INVITE 100 180 200 ACK BYE', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  assert.equal((await alice.register()).status, 200)
  assert.equal((await bob.register()).status, 200)
  const call = alice.call('sip:bob@example.test')
  await sim.run(100)
  assert.deepEqual(call.statuses, [407, 100, 180, 200])
  assert.equal(bob.acks.length, 1)
  const bye = call.within('BYE')
  await sim.run(100)
  assert.deepEqual(bye.statuses, [200])
  assert.equal(bob.got('BYE').length, 1)
  await sim.runOut()
})
