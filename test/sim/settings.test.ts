import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorizeAgain } from '../../src/mechanisms/digest/index.ts'
import { H } from '../../src/sip/message/header-id.ts'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'
import { rawRequest, SimStranger } from '../support/sim-stranger.ts'

/** An edge with these lines of configuration, and a phone each of alice and bob that are registered. */
async function scene(...lines: readonly string[]) {
  const sim = await SimEdge.open({ lines })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await alice.register()
  await bob.register()
  return { sim, alice, bob }
}

/** Challenges that a stranger gets for a MESSAGE, as text. */
async function challengesOf(sim: SimEdge): Promise<string> {
  const stranger = new SimStranger(sim, '203.0.113.66')
  await stranger.send(rawRequest('MESSAGE', 'sip:bob@example.test', { Subject: 'x'.repeat(900) }))
  return stranger.texts.at(-1) ?? ''
}

test('limits.targets: no more phones of a user ring than that, the best first', async () => {
  const { sim, alice, bob } = await scene('limits: {targets: 2}')
  const others = [21, 22].map(at => new SimPhone(sim, { user: 'bob', ip: `192.0.2.${at}` }))
  for (const phone of others) await phone.register([], phone.options.ip.endsWith('21') ? ';q=0.1' : '')
  for (const phone of [bob, ...others]) phone.onInvite = call => call.answer(486)
  const call = alice.call('sip:bob@example.test')
  await sim.run(5000)
  assert.deepEqual(call.finals, [486])
  assert.deepEqual(
    [bob, ...others].map(phone => phone.calls.length),
    [1, 0, 1],
  )
  await sim.runOut()
})

test('timers.timer-c: a phone that rings longer is given up', async () => {
  const { sim, alice, bob } = await scene('timers: {timer-c: 300s}')
  bob.onInvite = call => call.answer(180)
  const call = alice.call('sip:bob@example.test')
  await sim.run(250_000)
  assert.deepEqual(call.finals, [])
  await sim.run(60_000)
  assert.equal(call.finals.length, 1)
  assert.equal(bob.calls[0]?.isCancelled, true)
  await sim.runOut()
})

test('timers.t1: the edge repeats its requests by it', async () => {
  const { sim, alice, bob } = await scene('timers: {t1: 2s}')
  bob.isOff = true
  alice.call('sip:bob@example.test')
  const invites = (): number =>
    sim.network.sent.filter(({ to, text }) => to.ip === '192.0.2.20' && text.startsWith('INVITE')).length
  await sim.run(1900)
  assert.equal(invites(), 1)
  await sim.run(200)
  assert.equal(invites(), 2)
  await sim.runOut()
})

test('registrar: shortest, longest, usual time and number of contacts are those of the configuration', async () => {
  const { sim, alice } = await scene(
    'registrar: {min-expires: 5m, max-expires: 2h, default-expires: 20m, max-contacts: 2}',
  )
  const ask = async (contact: string, params: string) => {
    const asked = alice.send('REGISTER', 'sip:example.test', {
      to: alice.aor,
      headers: [['Contact', `<sip:alice@192.0.2.10:${contact}>${params}`]],
    })
    await sim.run(100)
    assert.ok(asked.final)
    return asked.final
  }
  const short = await ask('5060', ';expires=60')
  assert.deepEqual([short.status, short.header(H.minExpires)], [423, '300'])
  const expiresOf = (answer: { header(id: number): string | undefined }) =>
    /expires=(\d+)/.exec(answer.header(H.contact) ?? '')?.[1]
  assert.equal(expiresOf(await ask('5060', ';expires=90000')), '7200')
  assert.equal(expiresOf(await ask('5060', '')), '1200')
  assert.equal((await ask('5061', '')).status, 200)
  assert.equal((await ask('5062', '')).status, 403)
})

test('digest: algorithms, qop and userhash are offered as configured', async () => {
  const usual = await challengesOf((await scene()).sim)
  assert.match(usual, /algorithm=SHA-256,.*qop="auth,auth-int".*userhash=true/)
  const { sim } = await scene('digest: {algorithms: [SHA-512-256], qop: [auth], userhash: false}')
  const other = await challengesOf(sim)
  assert.match(other, /algorithm=SHA-512-256,.*qop="auth"/)
  assert.doesNotMatch(other, /algorithm=SHA-256|userhash/)
})

test('digest.auth-int-methods: a method whose body must be covered is offered nothing else', async () => {
  const { sim, alice } = await scene('digest: {auth-int-methods: [MESSAGE]}')
  assert.match(await challengesOf(sim), /qop="auth-int"/)
  const covered = alice.send('MESSAGE', 'sip:bob@example.test', { body: 'hello' })
  await sim.run(100)
  assert.deepEqual(covered.finals, [200])
  assert.match(covered.answers[0]?.value ?? '', /qop=auth-int/)
})

test('digest.one-time-nonce: a nonce is good for many requests, or for one', async () => {
  for (const [line, status] of [
    ['digest: {one-time-nonce: false}', 200],
    ['digest: {one-time-nonce: true}', 407],
  ] as const) {
    const { sim, alice } = await scene(line)
    const uri = 'sip:bob@example.test'
    const first = alice.send('MESSAGE', uri)
    await sim.run(100)
    const [answer] = first.answers
    assert.ok(answer)
    const random = (bytes: number) => sim.network.random.bytes(bytes)
    const again = authorizeAgain(answer.session, { method: 'MESSAGE', requestUri: uri, body: '' }, random)
    const second = alice.send('MESSAGE', uri, {
      headers: [[again.field, again.value]],
      authenticates: false,
    })
    await sim.run(100)
    assert.deepEqual(second.finals, [status], line)
  }
})

test('limits.transactions, in all and for each source: what needs more is 503', async () => {
  for (const [name, carried] of [
    // A request that is forwarded is two transactions, ours with the callee among them.
    ['transactions', 2],
    ['transactions-per-source', 4],
  ] as const) {
    const { sim, alice, bob } = await scene(`limits: {${name}: 4}`)
    await sim.run(64_000)
    bob.isOff = true
    const many = Array.from({ length: 12 }, () => alice.send('MESSAGE', 'sip:bob@example.test'))
    await sim.run(1000)
    assert.equal(sim.assembled.layer.counts.nonInviteServer, carried, name)
    assert.equal(many.filter(({ finals }) => finals[0] === 503).length, many.length - carried, name)
    await sim.runOut()
  }
})

test('redirect: a user who is named gets his callers a 302, others are forwarded to', async () => {
  const { sim, alice } = await scene('redirect: [bob@example.test]')
  const call = alice.call('sip:bob@example.test')
  await sim.run(1000)
  assert.deepEqual(call.finals, [302])
  assert.match(call.final?.header(H.contact) ?? '', /sip:bob@192\.0\.2\.20:5060/)
  const self = alice.send('MESSAGE', 'sip:alice@example.test')
  await sim.run(1000)
  assert.deepEqual(self.finals, [200])
  await sim.runOut()
})

test('insecure: foreign-contacts lets an account point elsewhere, and without it 403', async () => {
  for (const [lines, status] of [
    [[], 403],
    [['insecure: [{allow: foreign-contacts, because: a test}]'], 200],
  ] as const) {
    const { sim, alice } = await scene(...lines)
    const asked = alice.send('REGISTER', 'sip:example.test', {
      to: alice.aor,
      headers: [['Contact', '<sip:alice@198.51.100.7>']],
    })
    await sim.run(100)
    assert.deepEqual(asked.finals, [status])
  }
})

test('insecure: unauthenticated-requests lets in the named methods only', async () => {
  const { sim } = await scene(
    'insecure: [{allow: unauthenticated-requests, methods: [MESSAGE], because: a test}]',
  )
  const carol = new SimPhone(sim, { user: 'carol', ip: '192.0.2.30' })
  const message = carol.send('MESSAGE', 'sip:bob@example.test', { authenticates: false })
  const call = carol.call('sip:bob@example.test', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(message.finals, [200])
  assert.deepEqual(call.finals, [407])
  await sim.runOut()
})

test('insecure: strange-media lets media go to groups, and without it 488', async () => {
  for (const [lines, status] of [
    [[], 488],
    [['insecure: [{allow: strange-media, because: a test}]'], 200],
  ] as const) {
    const { sim, alice } = await scene(...lines)
    const asked = alice.send('MESSAGE', 'sip:bob@example.test', {
      headers: [['Content-Type', 'application/sdp']],
      body: 'v=0\r\nc=IN IP4 239.1.2.3\r\n',
    })
    await sim.run(1000)
    assert.deepEqual(asked.finals, [status])
    await sim.runOut()
  }
})
