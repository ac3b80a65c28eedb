import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { EDGE_IP, SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'
import { rawRequest } from '../support/sim-stranger.ts'

const PADDING = { Subject: 'x'.repeat(600) }

/** Sends as an address that is not ours. */
async function forge(sim: SimEdge, ip: string, texts: readonly string[]): Promise<void> {
  const host = sim.network.host(ip, () => {})
  const flow = host.udp(5060, { ip: EDGE_IP, port: 5060 })
  for (const text of texts) flow.send(text)
  await sim.run(10)
}

describe('a server under load', () => {
  test('S4 F14: what goes out to forged addresses is less than what they sent, and no more than ten a second each', async () => {
    const sim = await SimEdge.open({ hasAdmission: true })
    const octets = { in: 0, out: 0 }
    for (let source = 0; source < 50; source += 1) {
      const texts = Array.from({ length: 40 }, () => rawRequest('INVITE', 'sip:bob@example.test'))
      octets.in += texts.reduce((sum, text) => sum + text.length, 0)
      await forge(sim, `198.51.100.${source}`, texts)
    }
    const sent = sim.network.sent.filter(({ from }) => from.ip === EDGE_IP)
    octets.out = sent.reduce((sum, { text }) => sum + text.length, 0)
    assert.ok(sent.length >= 50, 'each forged address is answered at first')
    assert.ok(octets.out <= octets.in, JSON.stringify(octets))
    for (let source = 0; source < 50; source += 1)
      assert.ok(sent.filter(({ to }) => to.ip === `198.51.100.${source}`).length <= 10)
    sim.assertNothingLeft()
  })

  test('S8: a request without credentials costs no look-up, no transaction, and one reply at most', async () => {
    const asked: string[] = []
    const sim = await SimEdge.open({
      hasAdmission: true,
      dns: new Proxy({}, { get: (_, question) => void asked.push(String(question)) }),
      location: store => ({
        ...store,
        bindings: (aor, wallMs) => {
          asked.push(aor)
          return store.bindings(aor, wallMs)
        },
      }),
    })
    for (const [n, method] of ['INVITE', 'REGISTER', 'MESSAGE', 'SUBSCRIBE', 'BYE'].entries()) {
      const uri = method === 'REGISTER' ? 'sip:example.test' : 'sip:bob@example.test'
      const before = sim.sentByEdge().length
      const text = rawRequest(method, uri, { ...PADDING, From: '<sip:alice@example.test>;tag=a' })
      await forge(sim, `198.51.100.${n}`, [text, text, text])
      assert.ok(sim.sentByEdge().length - before <= 1, method)
      assert.equal(sim.assembled.layer.counts.inviteServer + sim.assembled.layer.counts.nonInviteServer, 0)
    }
    assert.deepEqual(asked, [])
    sim.assertNothingLeft()
  })

  test('S11 F07: an account that asks too much is told when to come back, and others and its own calls go on', async () => {
    const sim = await SimEdge.open({ hasAdmission: true, lines: ['limits: {requests-per-account: 1}'] })
    const mallory = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
    const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
    await bob.register()
    const call = mallory.call('sip:bob@example.test')
    await sim.run(100)
    const calls = Array.from({ length: 30 }, () => mallory.call('sip:bob@example.test'))
    await sim.run(100)
    const statuses = calls.map(({ statuses: each }) => each.at(-1))
    assert.equal(statuses.filter(status => status === 200).length, 9)
    assert.equal(statuses.filter(status => status === 503).length, 21)
    call.within('BYE')
    await bob.register()
    await sim.run(100)
    assert.equal(bob.got('BYE').length, 1)
    for (const each of calls.filter(({ statuses: [last] }) => last === 200)) each.within('BYE')
    await sim.run(60_000)
  })

  test('under overload a phone is told when to come back, calls that are up go on, and strangers hear nothing', async () => {
    const sim = await SimEdge.open({ hasAdmission: true })
    const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
    const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
    await alice.register()
    await bob.register()
    const call = alice.call('sip:bob@example.test')
    await sim.run(2000)
    assert.equal(call.statuses.at(-1), 200)
    assert.ok(sim.admission)
    sim.admission.overload.pressure = 2
    const refused = alice.call('sip:bob@example.test')
    await sim.run(100)
    assert.equal(refused.statuses.at(-1), 503)
    call.within('BYE')
    await sim.run(100)
    assert.equal(bob.got('BYE').length, 1)
    const before = sim.sentByEdge().length
    await forge(sim, '198.51.100.7', [rawRequest('INVITE', 'sip:bob@example.test', PADDING)])
    assert.equal(sim.sentByEdge().length, before)
    assert.equal(sim.count('requests_shed_total', 'strangers'), 1)
    assert.equal(sim.count('requests_shed_total', 'new'), 1)
    sim.admission.overload.pressure = 0
    await sim.runOut()
  })
})
