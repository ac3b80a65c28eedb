import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'
import { rawRequest, SimStranger } from '../support/sim-stranger.ts'

const BOB = 'sip:bob@example.test'
const LARGE = { headers: [['Subject', 'x'.repeat(1200)]] } as const

test('TRN-01: a request over 1300 bytes goes by TCP where somebody listens, and its Via says so', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10', transport: 'tcp' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  sim.transports.listening.add('tcp:192.0.2.20:5060')
  const call = alice.call(BOB, LARGE)
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  assert.match(bob.calls[0]?.invite.text ?? '', /^Via: SIP\/2\.0\/TCP /m)
  await sim.runOut()
})

test('TRN-01: it falls back to UDP where nobody listens on TCP', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10', transport: 'tcp' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const call = alice.call(BOB, LARGE)
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  assert.match(bob.calls[0]?.invite.text ?? '', /^Via: SIP\/2\.0\/UDP /m)
  const bye = call.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(bye.finals, [200])
  await sim.runOut()
})

test('a call between TCP, TLS and UDP, in both directions', async () => {
  const transports = ['udp', 'tcp', 'tls'] as const
  for (const near of transports) {
    for (const far of transports) {
      const sim = await SimEdge.open()
      const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10', transport: near })
      const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20', transport: far })
      assert.equal((await alice.register()).status, 200)
      assert.equal((await bob.register()).status, 200)
      const call = alice.call(BOB)
      await sim.run(100)
      assert.deepEqual(call.finals, [200], `${near} ${far}`)
      assert.equal(bob.acks.length, 1)
      const [incoming] = bob.calls
      assert.ok(incoming)
      const hold = bob.call(incoming.dialog.remoteTarget, { dialog: incoming.dialog, authenticates: false })
      await sim.run(100)
      assert.deepEqual(hold.finals, [200])
      const bye = call.within('BYE', { authenticates: false })
      await sim.run(100)
      assert.deepEqual(bye.finals, [200])
      await sim.runOut()
    }
  }
})

test('SPS-02 SPS-05: sips goes over TLS to a sips contact, in clear it is 400, without such a contact 480', async () => {
  const sim = await SimEdge.open()
  const sips = 'sips:bob@example.test'
  const secure = (name: string, ip: string): SimPhone =>
    new SimPhone(sim, { user: name, ip, transport: 'tls', contact: `sips:${name}@${ip}:5061` })
  const alice = secure('alice', '192.0.2.10')
  const plain = new SimPhone(sim, { user: 'carol', ip: '192.0.2.30' })
  await plain.register()
  const inClear = plain.call(sips)
  const none = alice.call('sips:carol@example.test')
  await sim.run(100)
  assert.deepEqual([inClear.finals, none.finals], [[400], [480]])
  assert.match(none.final?.named('Warning') ?? '', /^380 /)
  const bob = secure('bob', '192.0.2.20')
  const register = bob.send('REGISTER', 'sips:example.test', {
    to: 'sips:bob@example.test',
    from: 'sips:bob@example.test',
    headers: [['Contact', `<${bob.contact}>`]],
  })
  await sim.run(100)
  assert.deepEqual(register.finals, [200])
  const call = alice.call(sips)
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  assert.equal(bob.calls[0]?.invite.uri.scheme, 'sips')
  const bye = call.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(bye.finals, [200])
  await sim.runOut()
})

test('OUT-08: a phone whose connection closed is not dialled', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, {
    user: 'bob',
    ip: '192.0.2.20',
    transport: 'tcp',
    contact: 'sip:bob@10.0.0.5;transport=tcp',
  })
  await bob.register()
  bob.connection?.close()
  const call = alice.call(BOB)
  await sim.run(100)
  assert.deepEqual(call.finals, [480])
  assert.equal(bob.calls.length, 0)
  await sim.runOut()
})

test('TRN-06: a response after the connection closed goes to the source address and the port of the Via', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10', transport: 'tcp' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  bob.onInvite = call => {
    call.answer(180)
    call.answerAfter(1000, 486)
  }
  const call = alice.call(BOB)
  await sim.run(500)
  alice.connection?.close()
  await sim.run(1000)
  assert.ok(alice.seen.some(message => message.kind === 'response' && message.status === 486))
  assert.deepEqual(call.finals, [486])
  await sim.runOut()
})

test('a call whose caller is gone for good ends, and nothing is left', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10', transport: 'tcp' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  bob.onInvite = call => call.answerAfter(1000, 200)
  alice.call(BOB)
  await sim.run(500)
  sim.transports.listening.delete('tcp:192.0.2.10:5060')
  alice.connection?.close()
  alice.isOff = true
  await sim.runOut()
})

test('a party that opens a new connection from its address goes on with its call', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10', transport: 'tcp' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20', transport: 'tcp' })
  await alice.register()
  await bob.register()
  const call = alice.call(BOB)
  await sim.run(100)
  alice.connection?.close()
  await sim.run(10)
  const info = call.within('INFO', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(info.finals, [200])
  await sim.runOut()
})

test('TRN-03 TRN-04: without rport a response goes to the port of the Via, with it to the source, never elsewhere', async () => {
  const sim = await SimEdge.open()
  const stranger = new SimStranger(sim, '203.0.113.66')
  const victim = new SimStranger(sim, '203.0.113.99')
  for (const via of [
    '203.0.113.99:5060;branch=z9hG4bKa',
    '203.0.113.99;maddr=203.0.113.99;branch=z9hG4bKb',
    '203.0.113.66;received=203.0.113.99;branch=z9hG4bKc',
    '203.0.113.66:5060;rport=99;received=203.0.113.99;branch=z9hG4bKd',
    'victim.test;branch=z9hG4bKe',
  ]) {
    await stranger.send(
      rawRequest('OPTIONS', BOB, { Via: `SIP/2.0/UDP ${via}`, Subject: 'x'.repeat(600) }),
      7000,
    )
  }
  assert.equal(victim.texts.length, 0)
  assert.equal(stranger.texts.length, 5)
})

test('PRX-05 TRN-05: no contact and no Route makes the edge send to itself', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  await alice.register()
  for (const contact of [
    'sip:192.0.2.1',
    'sip:a@192.0.2.1:5060',
    'sip:bob@example.test',
    'sip:a@192.0.2.1;transport=tcp',
  ]) {
    const register = alice.send('REGISTER', 'sip:example.test', {
      to: alice.aor,
      headers: [['Contact', `<${contact}>`]],
    })
    await sim.run(100)
    assert.deepEqual(register.finals, [403], contact)
  }
  const call = alice.call(BOB, {
    routes: ['<sip:192.0.2.1;lr>', '<sip:192.0.2.1:5060;lr>', '<sip:example.test;lr>'],
  })
  await sim.run(100)
  assert.equal(call.finals.length, 1)
  assert.ok(sim.network.sent.every(({ from, to }) => !(from.ip === '192.0.2.1' && to.ip === '192.0.2.1')))
  await sim.runOut()
})
