import assert from 'node:assert/strict'
import { test } from 'node:test'
import { H } from '../../src/sip/message/header-id.ts'
import { SimEdge } from '../support/sim-edge.ts'
import { type SimIncoming, SimPhone, type SimRequest } from '../support/sim-phone.ts'

const CARRIER_IP = '198.51.100.5'

const TRUNK = [
  'trunks:',
  `  - {name: carrier, uri: "sip:${CARRIER_IP}", addresses: [${CARRIER_IP}], domains: [carrier.test]}`,
  'insecure:',
  '  - {allow: trunk-without-tls, trunk: carrier, because: a test of limits}',
  'rules:',
  '  - {name: numbers, from: own-users, to: ["+*"], via: carrier, allow: true}',
]

async function scene(policy: readonly string[], more: readonly string[] = []) {
  const sim = await SimEdge.open({
    lines: [...TRUNK, 'policy:', ...policy.map(line => `  ${line}`), ...more],
  })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const carrier = new SimPhone(sim, { ip: CARRIER_IP, domain: 'carrier.test' })
  await alice.register()
  await bob.register()
  const call = async (who: SimPhone, number: string): Promise<SimRequest> => {
    const request = who.call(`sip:${number}@example.test`)
    await sim.run(100)
    return request
  }
  return { sim, alice, bob, carrier, call }
}

test('PRX-05: a user has so many calls at once, and one more when one is over', async () => {
  const { sim, alice, bob, call } = await scene(['limits: [{name: two each, calls: 2}]'])
  const first = await call(alice, '+4420')
  await call(alice, '+4421')
  const third = await call(alice, '+4422')
  assert.equal(third.final?.status, 480)
  assert.equal(third.final?.header(H.retryAfter), '30')
  assert.match(third.final?.header(H.warning) ?? '', /^399 example\.test "Too many calls at once: two each"$/)
  assert.equal((await call(bob, '+4423')).final?.status, 200)
  assert.equal(sim.count('policy_full_total', 'two each'), 1)
  first.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.equal((await call(alice, '+4424')).final?.status, 200)
})

test('calls among own users count as well', async () => {
  const { alice, call } = await scene(['limits: [{class: own-users, calls: 1}]'])
  assert.equal((await call(alice, 'bob')).final?.status, 200)
  assert.equal((await call(alice, 'bob')).final?.status, 480)
  assert.equal((await call(alice, '+4420')).final?.status, 200)
})

test('what rings holds a place, and gives it back when it is refused, cancelled or leads nowhere', async () => {
  const { sim, alice, carrier, call } = await scene(['limits: [{per: trunk, calls: 1}]'])
  carrier.onInvite = incoming => incoming.answer(180)
  const ringing = await call(alice, '+4420')
  assert.equal((await call(alice, '+4421')).final?.status, 480)
  ringing.cancel()
  await sim.run(100)
  carrier.onInvite = incoming => incoming.answer(486)
  assert.equal((await call(alice, '+4421')).final?.status, 486)
  carrier.onInvite = incoming => incoming.answer(200)
  assert.equal((await call(alice, 'nobody')).final?.status, 404)
  assert.equal((await call(alice, '+4422')).final?.status, 200)
})

test('a BYE that does not end the call frees nothing', async () => {
  const { sim, alice, carrier, call } = await scene(['limits: [{calls: 1}]'])
  const up = await call(alice, '+4420')
  carrier.answerTo = () => 500
  up.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.equal((await call(alice, '+4421')).final?.status, 480)
  // Of a dialog that is none: the callee knows nothing of it.
  carrier.answerTo = () => 481
  const other = { ...up.dialog, remoteTag: 'invented', cseq: up.dialog.cseq + 1 }
  const stray = alice.send('BYE', up.dialog.remoteTarget, { dialog: other, authenticates: false })
  await sim.run(100)
  assert.equal(stray.final?.status, 481)
  assert.equal((await call(alice, '+4421')).final?.status, 480)
  carrier.answerTo = () => 200
  up.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.equal((await call(alice, '+4421')).final?.status, 200)
})

test('a callee that is gone, and a BYE that is lost, hold no place for ever', async () => {
  const { sim, alice, carrier, call } = await scene(['limits: [{calls: 1}]', 'max-call: 10m'])
  const up = await call(alice, '+4420')
  carrier.isOff = true
  up.within('BYE', { authenticates: false })
  await sim.run(40_000)
  carrier.isOff = false
  assert.equal((await call(alice, '+4421')).final?.status, 200)
  assert.equal((await call(alice, '+4422')).final?.status, 480)
  await sim.run(600_000)
  assert.equal((await call(alice, '+4423')).final?.status, 200)
})

test('RFC 4028: a session timer that is not refreshed gives the place back, a refresh keeps it', async () => {
  const { sim, alice, carrier, call } = await scene(['limits: [{calls: 1}]'])
  const answer = (incoming: SimIncoming): void =>
    incoming.answer(200, [['Session-Expires', '300;refresher=uac']])
  carrier.onInvite = answer
  carrier.onReinvite = answer
  const up = await call(alice, '+4420')
  await sim.run(250_000)
  const contact = ['Contact', `<${alice.contact}>`] as const
  up.within('INVITE', { headers: [contact], authenticates: false })
  await sim.run(250_000)
  assert.equal((await call(alice, '+4421')).final?.status, 480)
  await sim.run(100_000)
  assert.equal((await call(alice, '+4422')).final?.status, 200)
})

test('PST-05: money is bounded by class, over all calls of a user that run', async () => {
  const { sim, alice, bob, call } = await scene([
    'classes: [{name: premium, numbers: ["+449*"], per-minute: 1.50, per-call: 0.50}]',
    'limits: [{name: purse, class: premium, spend: 5, period: day}]',
  ])
  const first = await call(alice, '+44900')
  const second = await call(alice, '+44901')
  assert.deepEqual([first.final?.status, second.final?.status], [200, 200])
  const refused = await call(alice, '+44902')
  assert.equal(refused.final?.status, 403)
  assert.match(refused.final?.header(H.warning) ?? '', /Nothing left to spend: purse/)
  assert.equal((await call(alice, '+4420')).final?.status, 200)
  assert.equal((await call(bob, '+44900')).final?.status, 200)
  await sim.run(30_000)
  for (const up of [first, second]) up.within('BYE', { authenticates: false })
  await sim.run(100)
  // Two connections and a minute in all: 2.5 of 5 are spent, and 2 more fit once.
  assert.equal((await call(alice, '+44902')).final?.status, 200)
  assert.equal((await call(alice, '+44902')).final?.status, 403)
  await sim.run(24 * 3_600_000)
  assert.equal((await call(alice, '+44903')).final?.status, 200)
})

test('TXN-21: INVITEs of one account that wait for an answer are bounded, whatever their sources', async () => {
  const { sim, alice, bob, carrier, call } = await scene(['zone: UTC'], ['limits: {pending-per-account: 2}'])
  carrier.onInvite = incoming => incoming.answer(180)
  const elsewhere = new SimPhone(sim, { user: 'alice', ip: '192.0.2.99' })
  const ringing = await call(alice, '+4420')
  await call(elsewhere, '+4421')
  assert.equal((await call(elsewhere, '+4422')).final?.status, 480)
  assert.equal((await call(bob, '+4423')).final, undefined)
  ringing.cancel()
  await sim.run(100)
  assert.equal((await call(alice, '+4424')).final, undefined)
})
