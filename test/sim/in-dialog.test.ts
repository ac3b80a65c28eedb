import assert from 'node:assert/strict'
import { test } from 'node:test'
import { H } from '../../src/sip/message/header-id.ts'
import type { Field } from '../../src/sip/message/write.ts'
import { SimEdge } from '../support/sim-edge.ts'
import { type SimIncoming, SimPhone, type SimRequest } from '../support/sim-phone.ts'
import { rawRequest, SimStranger } from '../support/sim-stranger.ts'

/** Alice calls bob; carol and mallory are there too. */
interface Scene {
  readonly sim: SimEdge
  readonly alice: SimPhone
  readonly bob: SimPhone
  readonly carol: SimPhone
  readonly call: SimRequest
  readonly incoming: SimIncoming
  readonly mallory: SimStranger
}

async function scene(): Promise<Scene> {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const carol = new SimPhone(sim, { user: 'carol', ip: '192.0.2.30' })
  for (const phone of [alice, bob, carol]) await phone.register()
  const call = alice.call('sip:bob@example.test')
  await sim.run(100)
  assert.equal(call.final?.status, 200)
  const [incoming] = bob.calls
  assert.ok(incoming)
  return { sim, alice, bob, carol, call, incoming, mallory: new SimStranger(sim, '203.0.113.66') }
}

const METHODS = ['BYE', 'INVITE', 'UPDATE', 'INFO', 'REFER', 'NOTIFY', 'MESSAGE', 'PRACK', 'SUBSCRIBE', 'ACK']

/** A request of the call as its caller would send it, for others to abuse. */
function stolen(
  method: string,
  { call, bob }: Scene,
  changes: Readonly<Record<string, string>> = {},
): string {
  const { dialog } = call
  return rawRequest(method, bob.contact, {
    From: `<${dialog.localUri}>;tag=${dialog.localTag}`,
    To: `<${dialog.remoteUri}>;tag=${dialog.remoteTag}`,
    'Call-ID': dialog.callId,
    CSeq: `${dialog.cseq + 10} ${method}`,
    Route: dialog.routes.join(', '),
    Subject: 'x'.repeat(600),
    ...changes,
  })
}

test('requests inside a dialog need no second password, from either side', async () => {
  const { sim, alice, bob, call, incoming } = await scene()
  for (const method of ['INVITE', 'INFO', 'UPDATE', 'REFER']) {
    const target: Field[] = method === 'REFER' ? [['Refer-To', `<${bob.aor}>`]] : []
    const contact: Field = ['Contact', `<${alice.contact}>`]
    const there = call.within(method, { headers: [contact, ...target], authenticates: false })
    await sim.run(100)
    assert.equal(there.final?.status, 200, method)
    const back = bob.send(method, incoming.dialog.remoteTarget, {
      dialog: incoming.dialog,
      headers: [['Contact', `<${bob.contact}>`], ...target],
      authenticates: false,
    })
    await sim.run(100)
    assert.equal(back.final?.status, 200, method)
  }
  const bye = bob.send('BYE', incoming.dialog.remoteTarget, { dialog: incoming.dialog, authenticates: false })
  await sim.run(100)
  assert.deepEqual(bye.statuses, [200])
  assert.equal(alice.got('BYE').length, 1)
  await sim.runOut()
})

test('UAS-09: an invented To tag and a Route to us open nothing for a stranger', async () => {
  const it = await scene()
  const before = it.bob.seen.length
  for (const method of METHODS) {
    for (const Route of [
      '<sip:192.0.2.1;lr>',
      '<sip:192.0.2.1:5060;transport=udp;lr>',
      '<sip:example.test;lr>',
    ]) {
      for (const To of ['<sip:bob@example.test>;tag=invented', `<${it.bob.contact}>;tag=invented`]) {
        await it.mallory.send(stolen(method, it, { Route, To }))
        await it.mallory.send(stolen(method, it, { Route, To, 'Call-ID': 'another' }))
      }
    }
  }
  assert.equal(it.bob.seen.length, before)
  assert.ok(it.mallory.statuses.every(status => status === 407))
  await it.sim.runOut()
})

test('UAS-09: the right token from another address is challenged, and an ACK dropped', async () => {
  const it = await scene()
  const before = it.bob.seen.length
  for (const method of METHODS) {
    const answers = it.mallory.texts.length
    await it.mallory.send(stolen(method, it))
    assert.equal(it.mallory.texts.length - answers, method === 'ACK' ? 0 : 1, method)
  }
  assert.ok(it.mallory.statuses.every(status => status === 407))
  assert.equal(it.bob.seen.length, before)
  await it.sim.runOut()
})

test('UAS-09: the token of one call proves nothing for another, not even to its own owner', async () => {
  const it = await scene()
  const { sim, alice, bob, carol, call } = it
  carol.call('sip:bob@example.test')
  await sim.run(100)
  const other = bob.calls[1]
  assert.ok(other)
  const before = bob.seen.length
  const own = call.dialog.routes
  // Alice, from her own address, in carol's call: everything is right but the token.
  const bye = alice.send('BYE', bob.contact, {
    dialog: {
      ...other.dialog,
      localTag: other.dialog.remoteTag,
      remoteTag: other.dialog.localTag,
      localUri: other.dialog.remoteUri,
      remoteUri: other.dialog.localUri,
      routes: own,
    },
    authenticates: false,
  })
  await sim.run(100)
  assert.deepEqual(bye.statuses, [407])
  assert.equal(bob.seen.length, before)
  await sim.runOut()
})

test('DIG-18: a password does not help alice to end a call between others', async () => {
  const it = await scene()
  const { sim, alice, bob, carol } = it
  const theirs = carol.call('sip:bob@example.test')
  await sim.run(100)
  const before = bob.seen.length
  const bye = alice.send('BYE', bob.contact, { dialog: { ...theirs.dialog }, routes: it.call.dialog.routes })
  await sim.run(100)
  assert.deepEqual(bye.statuses, [407, 403])
  assert.equal(bob.seen.length, before)
  await sim.runOut()
})

test('UAS-09: a REGISTER is never proven by a dialog', async () => {
  const it = await scene()
  const { sim, alice, call, bob } = it
  const { dialog } = call
  const before = sim.store.location.bindings('sip:bob@example.test', sim.wallMs())
  for (const From of [
    `<sip:bob@example.test>;tag=${dialog.localTag}`,
    `<sip:alice@example.test>;tag=${dialog.localTag}`,
  ]) {
    alice.host.udp(5060, { ip: '192.0.2.1', port: 5060 }).send(
      rawRequest('REGISTER', 'sip:example.test', {
        Via: 'SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKhijack',
        From,
        To: `<sip:bob@example.test>;tag=${dialog.remoteTag}`,
        'Call-ID': dialog.callId,
        Route: dialog.routes.join(', '),
        Contact: '<sip:thief@192.0.2.10:5060>',
      }),
    )
    await sim.run(1000)
  }
  assert.deepEqual(sim.store.location.bindings('sip:bob@example.test', sim.wallMs()), before)
  const last = alice.seen.at(-1)
  assert.ok(last?.kind === 'response')
  assert.equal(last.status, 401)
  assert.ok(bob.calls.length === 1)
})

test('PRX-05: a proof leads to the other side of its dialog and nowhere else', async () => {
  const it = await scene()
  const { sim, alice, bob, carol, call } = it
  const before = carol.seen.length
  for (const uri of ['sip:carol@example.test', carol.contact, 'sip:x@198.51.100.7', 'sip:x@elsewhere.test']) {
    for (const to of [call.dialog.remoteUri, 'sip:carol@example.test']) {
      for (const method of ['INVITE', 'MESSAGE', 'REFER', 'BYE']) {
        const dialog = { ...call.dialog, remoteUri: to }
        alice.send(method, uri, {
          dialog,
          headers: [['Contact', `<${alice.contact}>`]],
          authenticates: false,
        })
        await sim.run(10)
      }
    }
  }
  await sim.run(100)
  assert.equal(carol.seen.length, before)
  assert.deepEqual(
    sim.network.sent.filter(
      ({ to }) => !['192.0.2.1', alice.options.ip, bob.options.ip, carol.options.ip].includes(to.ip),
    ),
    [],
  )
})

test('UAS-09: a callee who moved to another address and registered there is reached in the call', async () => {
  const sim = await SimEdge.open()
  const contact = 'sip:bob@10.0.0.5:5060'
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20', contact })
  await bob.register()
  const call = alice.call('sip:bob@example.test')
  await sim.run(100)
  assert.equal(call.final?.status, 200)
  const moved = new SimPhone(sim, { user: 'bob', ip: '198.51.100.21', port: 6000, contact })
  await moved.register()
  const before = bob.seen.length
  const info = call.within('INFO', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(info.statuses, [200])
  assert.equal(moved.got('INFO').length, 1)
  assert.equal(bob.seen.length, before)
  await sim.runOut()
})

test('UAS-09 DIG-21: a party that moved proves itself by its password, its ACK is believed, and the call goes on', async () => {
  const it = await scene()
  const { sim, bob, call } = it
  const moved = new SimPhone(sim, { user: 'alice', ip: '192.0.2.11' })
  const acks = bob.acks.length
  const reinvite = moved.call(bob.contact, { dialog: call.dialog })
  await sim.run(100)
  assert.deepEqual(reinvite.statuses, [407, 100, 200])
  assert.equal(bob.acks.length, acks + 1)
  const bye = moved.send('BYE', bob.contact, { dialog: call.dialog })
  await sim.run(100)
  assert.deepEqual(bye.statuses, [407, 200])
  await sim.runOut()
})

test('UAS-10: an ACK without the proof of its dialog goes nowhere, the right one does', async () => {
  const it = await scene()
  const { sim, bob, alice, call } = it
  const before = bob.acks.length
  await it.mallory.send(stolen('ACK', it))
  alice.host
    .udp(5060, { ip: '192.0.2.1', port: 5060 })
    .send(call.writeAck({ ...call.dialog, routes: ['<sip:192.0.2.1;lr>'] }))
  await sim.run(10)
  assert.equal(bob.acks.length, before)
  alice.host.udp(5060, { ip: '192.0.2.1', port: 5060 }).send(call.writeAck(call.dialog))
  await sim.run(10)
  assert.equal(bob.acks.length, before + 1)
})

test('a token comes back in each direction only, and what it is made of stays as it was', async () => {
  const it = await scene()
  const { sim, alice, bob, call, incoming } = it
  // Bob in alice's direction: her tags, his address.
  const swapped = bob.send('BYE', alice.contact, { dialog: { ...call.dialog }, authenticates: false })
  await sim.run(100)
  assert.deepEqual(swapped.statuses, [407])
  const record = bob.got('INVITE')[0]?.list(H.recordRoute) ?? []
  assert.deepEqual(record, incoming.dialog.routes)
})
