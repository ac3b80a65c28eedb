import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verifyServer } from '../../src/mechanisms/digest/index.ts'
import { H } from '../../src/sip/message/header-id.ts'
import { makeCredential } from '../../src/store/credentials.ts'
import { passwordOf, SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'
import { rawRequest, SimStranger } from '../support/sim-stranger.ts'

/** Algorithms of the challenges in the last answer. */
function offered(stranger: SimStranger): readonly string[] {
  const text = stranger.texts.at(-1) ?? ''
  return text
    .split('\r\n')
    .flatMap(line => /^(?:WWW|Proxy)-Authenticate:.*algorithm=([\w-]+)/.exec(line)?.[1] ?? [])
}

test('DIG-05: MD5 is offered as soon as one user of the domain is marked for it, to every name alike, and last', async () => {
  const sim = await SimEdge.open()
  const stranger = new SimStranger(sim, '203.0.113.66')
  const ask = async (user: string): Promise<readonly string[]> => {
    const To = `<sip:${user}@example.test>`
    await stranger.send(
      rawRequest('REGISTER', 'sip:example.test', { From: `${To};tag=1`, To, Subject: 'x'.repeat(900) }),
    )
    return offered(stranger)
  }
  for (const user of ['alice', 'nobody']) assert.deepEqual(await ask(user), ['SHA-256', 'SHA-512-256'])
  await sim.store.credentials.put(makeCredential('old', 'example.test', passwordOf('old'), { md5: true }))
  for (const user of ['alice', 'nobody', 'old'])
    assert.deepEqual(await ask(user), ['SHA-256', 'SHA-512-256', 'MD5'])
})

test('DOS-03: the less a stranger sent the fewer challenges he gets; one that is too small for any is told so', async () => {
  const sim = await SimEdge.open()
  const seen: string[] = []
  for (let size = 0; size < 600; size += 10) {
    const stranger = new SimStranger(sim, '203.0.113.66')
    await stranger.send(
      rawRequest('INVITE', 'sip:bob@example.test', { Contact: undefined, Subject: 'x'.repeat(size) }),
    )
    const status = stranger.statuses[0] ?? 0
    const answer = `${status} ${offered(stranger).length}`
    if (seen.at(-1) !== answer) seen.push(answer)
  }
  // Too small for any challenge, then the first algorithm alone, then both.
  assert.deepEqual(seen, ['403 0', '407 1', '407 2'])
})

test('DIG-27: the 200 of a REGISTER proves that the server knows the password', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const request = alice.send('REGISTER', 'sip:example.test', {
    to: alice.aor,
    headers: [['Contact', `<${alice.contact}>`]],
  })
  await sim.run(100)
  const [answer] = request.answers
  assert.ok(answer && request.final)
  const info = request.final.named('Authentication-Info')
  assert.ok(verifyServer(answer, info, request.final.body).ok)
  assert.ok(!verifyServer(answer, info?.replace(/rspauth="./, 'rspauth="x'), '').ok)
})

test('DIG-26: credentials for us do not travel on, those for others do', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const others = 'Digest username="a",realm="pbx.test",nonce="n",uri="sip:x",response="r"'
  alice.call('sip:bob@example.test', {
    headers: [
      ['Proxy-Authorization', others],
      ['Authorization', others],
    ],
  })
  await sim.run(100)
  const invite = bob.calls[0]?.invite
  assert.deepEqual(invite?.headers(H.proxyAuthorization), [others])
  assert.deepEqual(invite?.headers(H.authorization), [others])
  await sim.runOut()
})

test('DIG-25: a challenge of the callee comes back to the caller as it is', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const challenge = 'Digest realm="phone",nonce="n",algorithm=SHA-256,qop="auth"'
  bob.onInvite = call => call.answer(401, [['WWW-Authenticate', challenge]])
  const call = alice.call('sip:bob@example.test')
  await sim.run(100)
  const last = call.responses.find(({ status }) => status === 401)
  assert.deepEqual(last?.headers(H.wwwAuthenticate), [challenge])
  await sim.runOut()
})

test('DIG-15: a nonce that grew old is renewed with stale=true, and the phone goes on without a word', async () => {
  const sim = await SimEdge.open({ lines: ['digest: {nonce-ttl: 60s}'] })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const headers = [['Contact', `<${alice.contact}>`]] as const
  const first = alice.send('REGISTER', 'sip:example.test', { to: alice.aor, headers })
  await sim.run(100)
  const credentials = first.answers[0]?.value
  assert.ok(credentials)
  await sim.run(120_000)
  const again = alice.send('REGISTER', 'sip:example.test', {
    to: alice.aor,
    headers: [...headers, ['Authorization', credentials]],
  })
  await sim.run(100)
  assert.match(again.responses[0]?.named('WWW-Authenticate') ?? '', /stale=true/i)
  await sim.runOut()
})

test('DIG-32 DIG-34: a source that guesses is held up, the user himself from his own place is not', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  await alice.register()
  const thief = new SimPhone(sim, { user: 'alice', ip: '203.0.113.66' })
  thief.password = 'wrong'
  for (let guess = 0; guess < 30; guess++) {
    thief.send('REGISTER', 'sip:example.test', {
      to: alice.aor,
      headers: [['Contact', `<${thief.contact}>`]],
    })
    await sim.run(100)
  }
  const statuses = thief.seen.flatMap(message => (message.kind === 'response' ? [message.status] : []))
  assert.ok(statuses.includes(503))
  assert.ok(!statuses.includes(200))
  const own = alice.send('REGISTER', 'sip:example.test', {
    to: alice.aor,
    headers: [['Contact', `<${alice.contact}>`]],
  })
  await sim.run(100)
  assert.deepEqual(own.finals, [200])
  const bindings = sim.store.location.bindings(alice.aor, sim.wallMs())
  assert.deepEqual(
    bindings.map(({ contact }) => contact),
    [alice.contact],
  )
  await sim.runOut()
})

test('DOS-01: the ACK of a challenge, of which nothing was kept, ends there and is counted as nothing else', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const call = alice.call('sip:bob@example.test')
  await sim.run(1000)
  assert.deepEqual(call.finals, [200])
  assert.equal(sim.sentByEdge().filter(text => text.startsWith('SIP/2.0 407 ')).length, 1)
  assert.equal(sim.count('requests_dropped_total', 'ack-without-proof'), 0)
  await sim.runOut()
})
