import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimEdge, type SimEdgeOptions } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'

interface Scene {
  readonly sim: SimEdge
  readonly alice: SimPhone
  readonly desk: SimPhone
  readonly mobile: SimPhone
}

/** Bob has two phones; they ring and wait. */
async function scene(options: SimEdgeOptions = {}, q: readonly [string, string] = ['', '']): Promise<Scene> {
  const sim = await SimEdge.open(options)
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const desk = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const mobile = new SimPhone(sim, { user: 'bob', ip: '192.0.2.21' })
  await alice.register()
  await desk.register([], q[0])
  await mobile.register([], q[1])
  desk.onInvite = call => call.answer(180)
  mobile.onInvite = call => call.answer(180)
  return { sim, alice, desk, mobile }
}

test('PRX-20: both phones ring, one answers, the other is cancelled and its 487 acknowledged', async () => {
  const { sim, alice, desk, mobile } = await scene()
  mobile.onInvite = call => {
    call.answer(180)
    call.answerAfter(3000, 200)
  }
  const call = alice.call('sip:bob@example.test')
  await sim.run(2000)
  assert.deepEqual([desk.calls.length, mobile.calls.length], [1, 1])
  await sim.run(2000)
  assert.deepEqual(call.finals, [200])
  assert.equal(desk.calls[0]?.isCancelled, true)
  assert.ok(desk.seen.some(message => message.kind === 'request' && message.method === 'ACK'))
  assert.equal(mobile.acks.length, 1)
  const [cancel] = desk.seen.filter(message => message.kind === 'request' && message.method === 'CANCEL')
  assert.equal(cancel?.named('Reason'), 'SIP;cause=200;text="Call completed elsewhere"')
  await sim.runOut()
})

test('PRX-14: the late 200 of a phone that lost the race is passed on, and its call can be ended', async () => {
  const { sim, alice, desk, mobile } = await scene()
  for (const phone of [desk, mobile]) phone.onInvite = call => call.answer(200)
  const call = alice.call('sip:bob@example.test')
  await sim.run(1000)
  assert.deepEqual(call.finals.slice(0, 2), [200, 200])
  assert.equal(call.dialogs.size, 2)
  const [, second] = call.dialogs.values()
  assert.ok(second)
  const bye = alice.send('BYE', second.remoteTarget, { dialog: second, authenticates: false })
  await sim.run(100)
  assert.deepEqual(bye.statuses, [200])
  assert.equal(desk.got('BYE').length + mobile.got('BYE').length, 1)
  assert.ok(desk.calls[0]?.isAcknowledged && mobile.calls[0]?.isAcknowledged)
  await sim.runOut()
})

test('serial forking by q: the next phone rings when the first refuses, and not before', async () => {
  const { sim, alice, desk, mobile } = await scene({}, [';q=0.5', ';q=0.9'])
  mobile.onInvite = call => call.answerAfter(5000, 486)
  desk.onInvite = call => call.answer(200)
  const call = alice.call('sip:bob@example.test')
  await sim.run(4000)
  assert.equal(desk.calls.length, 0)
  await sim.run(2000)
  assert.deepEqual(call.finals, [200])
  assert.equal(desk.calls.length, 1)
  await sim.runOut()
})

test('serial forking by q: a phone that is silent is given up after timer B, one that rings after timer C', async () => {
  const { sim, alice, desk, mobile } = await scene({}, [';q=0.5', ';q=0.9'])
  desk.onInvite = call => call.answer(200)
  mobile.isOff = true
  const first = alice.call('sip:bob@example.test')
  await sim.run(31_000)
  assert.equal(desk.calls.length, 0)
  await sim.run(2_000)
  assert.deepEqual(first.finals, [200])
  mobile.isOff = false
  const second = alice.call('sip:bob@example.test')
  await sim.run(180_000)
  assert.deepEqual(second.finals, [])
  await sim.run(30_000)
  assert.deepEqual(second.finals, [200])
  assert.equal(mobile.calls[0]?.isCancelled, true)
  await sim.runOut()
})

test('PRX-13: a phone that rings for ever is cancelled when timer C fires, and the caller gets an end', async () => {
  const { sim, alice, desk, mobile } = await scene()
  const call = alice.call('sip:bob@example.test')
  await sim.runOut()
  assert.equal(call.finals.length, 1)
  assert.ok([408, 480, 487].includes(call.finals[0] ?? 0), String(call.finals))
  assert.ok(desk.calls[0]?.isCancelled && mobile.calls[0]?.isCancelled)
  assert.ok(sim.clock.nowMs() > 180_000)
})

test('PRX-15: a 6xx ends the call for all phones, and later ones are not tried', async () => {
  const { sim, alice, desk, mobile } = await scene({}, [';q=0.5', ''])
  const third = new SimPhone(sim, { user: 'bob', ip: '192.0.2.22' })
  await third.register()
  third.onInvite = call => call.answer(180)
  mobile.onInvite = call => call.answerAfter(1000, 603)
  const call = alice.call('sip:bob@example.test')
  await sim.run(5000)
  assert.deepEqual(call.finals, [603])
  assert.equal(third.calls[0]?.isCancelled, true)
  assert.equal(desk.calls.length, 0)
  await sim.runOut()
})

test('PRX-16: the best of several refusals goes up, once', async () => {
  const { sim, alice, desk, mobile } = await scene()
  desk.onInvite = call => call.answerAfter(500, 486)
  mobile.onInvite = call => call.answerAfter(1500, 503)
  const call = alice.call('sip:bob@example.test')
  await sim.run(5000)
  assert.deepEqual(call.finals, [486])
  await sim.runOut()
})

test('PRX-21: CANCEL while both ring: 200 at once, both are cancelled, one 487 goes up', async () => {
  const { sim, alice, desk, mobile } = await scene()
  const call = alice.call('sip:bob@example.test')
  await sim.run(2000)
  call.cancel()
  await sim.run(2000)
  assert.deepEqual(call.finals, [487])
  assert.ok(desk.calls[0]?.isCancelled && mobile.calls[0]?.isCancelled)
  assert.ok(alice.seen.some(message => message.kind === 'response' && message.cseq.method === 'CANCEL'))
  await sim.runOut()
})

test('TXN-17: CANCEL before any provisional response waits for one, and then ends the call', async () => {
  const { sim, alice, desk, mobile } = await scene({
    quality: { loss: 0, duplication: 0, minDelayMs: 50, maxDelayMs: 50 },
  })
  for (const phone of [desk, mobile]) phone.onInvite = call => call.answerAfter(700, 180)
  const call = alice.call('sip:bob@example.test')
  // The 100 of the edge is there, no phone has answered.
  await sim.run(250)
  call.cancel()
  await sim.run(150)
  assert.equal(desk.seen.filter(each => each.kind === 'request' && each.method === 'CANCEL').length, 0)
  await sim.run(3000)
  assert.deepEqual(call.finals, [487])
  assert.ok(desk.calls[0]?.isCancelled && mobile.calls[0]?.isCancelled)
  await sim.runOut()
})

test('TXN-16: a CANCEL that comes after the answer changes nothing', async () => {
  const { sim, alice, desk, mobile } = await scene()
  mobile.onInvite = () => {}
  desk.onInvite = call => call.answer(200)
  const call = alice.call('sip:bob@example.test')
  await sim.run(1000)
  call.cancel()
  await sim.run(1000)
  assert.deepEqual(call.finals, [200])
  assert.equal(desk.calls[0]?.isCancelled, false)
  await sim.runOut()
})

test('DIG-22: a CANCEL from another source than the call cancels nothing', async () => {
  const { sim, alice, desk } = await scene()
  const call = alice.call('sip:bob@example.test')
  await sim.run(1000)
  const invite = sim.network.sent.find(
    ({ text, from }) =>
      from.ip === '192.0.2.10' && text.startsWith('INVITE') && text.includes('Proxy-Authorization'),
  )
  assert.ok(invite)
  const thief = sim.network.host('203.0.113.66', () => {})
  const cancel = invite.text
    .replace('INVITE sip', 'CANCEL sip')
    .replace(/CSeq: (\d+) INVITE/, 'CSeq: $1 CANCEL')
  thief.udp(5060, { ip: '192.0.2.1', port: 5060 }).send(cancel)
  await sim.run(1000)
  assert.deepEqual(call.finals, [])
  assert.equal(desk.calls[0]?.isCancelled, false)
  assert.equal(sim.count('suspicions_total', 'cancel-from-another-source'), 1)
  call.cancel()
  await sim.runOut()
})

test('TXN-21: a response from where the request was not sent is dropped and told', async () => {
  const { sim, alice, desk } = await scene()
  const call = alice.call('sip:bob@example.test')
  await sim.run(1000)
  const forged = desk.calls[0]?.write(200) ?? ''
  sim.network
    .host('203.0.113.66', () => {})
    .udp(5060, { ip: '192.0.2.1', port: 5060 })
    .send(forged)
  await sim.run(1000)
  assert.deepEqual(call.finals, [])
  assert.equal(sim.count('suspicions_total', 'response-from-another-source'), 1)
  call.cancel()
  await sim.runOut()
})

test('PRX-06: an unknown user is 404, one without a phone 480', async () => {
  const { sim, alice } = await scene()
  const unknown = alice.call('sip:nobody@example.test')
  const absent = alice.call('sip:carol@example.test')
  await sim.run(1000)
  assert.deepEqual([unknown.finals, absent.finals], [[404], [480]])
  await sim.runOut()
})

test('PRX-14: 100 Trying is our own and comes at once, that of the phone stays here', async () => {
  const { sim, alice, desk, mobile } = await scene()
  for (const phone of [desk, mobile]) phone.onInvite = call => call.answer(100)
  const call = alice.call('sip:bob@example.test')
  await sim.run(100)
  assert.deepEqual(call.statuses, [407, 100])
  call.cancel()
  await sim.runOut()
})

test('a MESSAGE goes to both phones and one answer comes back, nothing when both are silent', async () => {
  const { sim, alice, desk, mobile } = await scene()
  const message = alice.send('MESSAGE', 'sip:bob@example.test', { body: 'hello' })
  await sim.run(1000)
  assert.deepEqual(message.finals, [200])
  desk.answerTo = () => undefined
  mobile.answerTo = () => undefined
  const silent = alice.send('MESSAGE', 'sip:bob@example.test', { body: 'hello' })
  await sim.runOut()
  assert.deepEqual(silent.finals, [])
  assert.ok(silent.isTimedOut)
})
