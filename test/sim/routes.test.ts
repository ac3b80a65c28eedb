import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'

const BOB = 'sip:bob@example.test'

test('PRX-05: a user with a good password reaches no place by a Route, a strict Route or maddr', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const ways: readonly (readonly [string, readonly string[]])[] = [
    [BOB, ['<sip:198.51.100.7;lr>']],
    [BOB, ['<sip:+4490@198.51.100.7>']],
    ['sip:nobody@example.test', ['<sip:198.51.100.7;lr>']],
    [BOB, ['<sip:192.0.2.1;lr>', '<sip:198.51.100.7:25;transport=tcp;lr>']],
    ['sip:192.0.2.1;lr', ['<sip:x@198.51.100.7>']],
    ['sip:x@198.51.100.7', []],
    ['sip:x@elsewhere.test;maddr=198.51.100.7', []],
  ]
  for (const [uri, routes] of ways) {
    for (const method of ['INVITE', 'MESSAGE', 'REFER', 'OPTIONS']) {
      const request = alice.send(method, uri, {
        routes,
        to: BOB,
        headers: [['Contact', `<${alice.contact}>`]],
      })
      await sim.run(100)
      assert.deepEqual(request.finals, [403], `${uri} ${routes}`)
    }
  }
  assert.deepEqual(
    sim.network.sent.filter(({ to }) => to.ip === '198.51.100.7'),
    [],
  )
  await sim.runOut()
})

test('PRX-05: a dialog with somebody outside leads to where he is, also when his connection is gone', async () => {
  const sim = await SimEdge.open({
    lines: ['rules:', '  - {name: partner, from: own-users, to: 198.51.100.5, allow: true}'],
  })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const partner = new SimPhone(sim, { user: 'p', ip: '198.51.100.5', transport: 'tcp' })
  const victim = new SimPhone(sim, { user: 'v', ip: '198.51.100.7' })
  const call = alice.call('sip:p@198.51.100.5;transport=tcp')
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  for (const uri of [
    victim.contact,
    'sip:v@198.51.100.7:25;transport=tcp',
    'sip:p@198.51.100.5;maddr=198.51.100.7',
  ]) {
    sim.transports.flows().forEach(flow => {
      flow.close('test')
    })
    const info = alice.send('INFO', uri, { dialog: call.dialog, authenticates: false })
    await sim.run(40_000)
    assert.ok(info.final === undefined || info.final.status >= 400)
  }
  assert.equal(victim.seen.length, 0)
  assert.deepEqual(
    sim.network.sent.filter(({ to }) => to.ip === '198.51.100.7'),
    [],
  )
  const bye = alice.send('BYE', partner.contact, { dialog: call.dialog, authenticates: false })
  await sim.run(100)
  assert.deepEqual(bye.finals, [200])
  await sim.runOut()
})
