import assert from 'node:assert/strict'
import { test } from 'node:test'
import { H } from '../../src/sip/message/header-id.ts'
import { makeFlowToken } from '../../src/sip/registrar/flow-token.ts'
import type { LocationStore } from '../../src/store/location.ts'
import { contactOf } from '../support/sim-dialog.ts'
import { EDGE_IP, SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'

const BOB = 'sip:bob@example.test'

test('a store that cannot write: 500 with Retry-After, the binding is as it was and calls go on', async () => {
  let isBroken = false
  const refuse: LocationStore['change'] = (_aor, change) => {
    if (change.decide() !== undefined) change.failed(new Error('disk full'))
  }
  const location = (store: LocationStore): LocationStore =>
    new Proxy(store, {
      get: (target, name) => {
        if (name === 'change' && isBroken) return refuse
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const sim = await SimEdge.open({ location })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const before = sim.store.location.bindings(BOB, sim.wallMs())
  isBroken = true
  const moved = new SimPhone(sim, { user: 'bob', ip: '192.0.2.21' })
  const answer = await moved.register()
  assert.equal(answer.status, 500)
  assert.ok(Number(answer.named('Retry-After')) > 0)
  assert.deepEqual(sim.store.location.bindings(BOB, sim.wallMs()), before)
  const call = alice.call(BOB)
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  isBroken = false
  assert.equal((await moved.register()).status, 200)
  await sim.runOut()
})

test('retransmissions while a registration waits for the disk are absorbed: one write, one answer', async () => {
  let writes = 0
  const waiting: (() => void)[] = []
  const location = (store: LocationStore): LocationStore =>
    new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name === 'change') {
          return (...[aor, change]: Parameters<LocationStore['change']>) => {
            writes += 1
            const stored = (): void => void waiting.push(() => change.stored())
            target.change(aor, { decide: () => change.decide(), stored, failed: change.failed.bind(change) })
          }
        }
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const sim = await SimEdge.open({ location })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const request = bob.send('REGISTER', 'sip:example.test', {
    to: BOB,
    headers: [['Contact', `<${bob.contact}>`]],
  })
  // T1, 2*T1, … of the phone pass; no 100 goes out before 3.5 s (TXN-11).
  await sim.run(3000)
  assert.equal(writes, 1)
  assert.deepEqual(request.statuses, [401])
  for (const done of waiting) done()
  await sim.run(5000)
  assert.deepEqual(request.finals, [200])
  assert.equal(writes, 1)
  await sim.runOut()
})

test('REG-02 DIG-18: nobody registers or calls in the name of somebody else', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const before = sim.store.location.bindings(BOB, sim.wallMs())
  const headers = [['Contact', `<${alice.contact}>`]] as const
  for (const from of [BOB, alice.aor]) {
    const register = alice.send('REGISTER', 'sip:example.test', { from, to: BOB, headers })
    await sim.run(100)
    assert.deepEqual(register.finals, [403], from)
  }
  for (const from of [
    BOB,
    'sip:BOB@example.test',
    'sip:bob@EXAMPLE.test',
    'sips:bob@example.test',
    'sip:b%6fb@example.test',
    'sip:example.test',
    'sip:boss@elsewhere.test',
    'tel:+4420',
  ]) {
    const call = alice.call('sip:bob@example.test', { from })
    await sim.run(100)
    assert.deepEqual(call.finals, [403], from)
  }
  const own = alice.call('sip:bob@example.test', { from: 'sip:%61lice@EXAMPLE.test;x=y' })
  await sim.run(100)
  assert.deepEqual(own.finals, [200])
  assert.deepEqual(sim.store.location.bindings(BOB, sim.wallMs()), before)
  await sim.runOut()
})

test('DIG-16 DIG-34: captured credentials are worth nothing from elsewhere, for another method or another target', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const carol = new SimPhone(sim, { user: 'carol', ip: '192.0.2.30' })
  for (const phone of [bob, carol]) await phone.register()
  alice.call(BOB)
  await sim.run(100)
  const sent = sim.network.sent.find(
    ({ text }) => text.startsWith('INVITE') && text.includes('Proxy-Authorization'),
  )
  assert.ok(sent)
  const count = (): number => bob.requests.length + carol.requests.length
  const before = count()
  const anew = sent.text.replace(/branch=[^;\r]+/, 'branch=z9hG4bKnew')
  const variants = [
    [anew, '203.0.113.66'],
    [anew, '192.0.2.10'],
    [anew.replace(/Call-ID: .*/, 'Call-ID: other'), '192.0.2.10'],
    [anew.replace('nc=00000001', 'nc=00000002'), '192.0.2.10'],
    [anew.replace(/^INVITE/, 'MESSAGE').replace(/CSeq: (\d+) INVITE/, 'CSeq: $1 MESSAGE'), '192.0.2.10'],
    [anew.replace('INVITE sip:bob@', 'INVITE sip:carol@'), '192.0.2.10'],
    [anew.replace('<sip:alice@example.test>', '<sip:carol@example.test>'), '192.0.2.10'],
  ] as const
  for (const [text, ip] of variants) {
    const host = ip === alice.options.ip ? alice.host : sim.network.host(ip, () => {})
    host.udp(5060, { ip: EDGE_IP, port: 5060 }).send(text)
    await sim.run(10)
    assert.equal(count(), before, text)
  }
  await sim.runOut()
})

test('DIG-32: guessing is answered later and later, for a known and an unknown user alike', async () => {
  const sim = await SimEdge.open()
  const waits: number[][] = []
  for (const user of ['alice', 'nobody']) {
    const phone = new SimPhone(sim, { user, ip: user === 'alice' ? '203.0.113.1' : '203.0.113.2' })
    phone.password = 'wrong'
    const seen: number[] = []
    for (let guess = 0; guess < 14; guess++) {
      const request = phone.send('REGISTER', 'sip:example.test', {
        to: phone.aor,
        headers: [['Contact', `<${phone.contact}>`]],
      })
      await sim.run(100)
      seen.push(Number(request.final?.named('Retry-After') ?? 0))
      await sim.run(Math.max(0, (seen.at(-1) ?? 0) * 1000 - 100))
    }
    waits.push(seen)
  }
  assert.deepEqual(waits[0], waits[1])
  assert.ok(Math.max(...(waits[0] ?? [])) >= 4, String(waits[0]))
  assert.equal(sim.store.location.count(), 0)
})

test('two domains: a user is asked for the password of his own domain, whoever he calls', async () => {
  const sim = await SimEdge.open({
    domains: 'domains: [example.test, other.test]',
    users: ['alice', 'bob@other.test'],
  })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', domain: 'other.test', ip: '192.0.2.20' })
  await bob.register()
  const call = alice.call('sip:bob@other.test')
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  assert.match(call.responses[0]?.named('Proxy-Authenticate') ?? '', /realm="example\.test"/)
  await sim.runOut()
})

test('draining: new work is 503 with Retry-After, calls in progress go on to their end', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await alice.register()
  await bob.register()
  const call = alice.call(BOB)
  await sim.run(100)
  bob.onInvite = incoming => incoming.answerAfter(2000, 200)
  const ringing = alice.call(BOB)
  await sim.run(100)
  sim.core.isDraining = true
  const late = alice.call(BOB)
  const register = bob.send('REGISTER', 'sip:example.test', {
    to: BOB,
    headers: [['Contact', `<${bob.contact}>`]],
  })
  await sim.run(100)
  for (const request of [late, register]) {
    assert.deepEqual(request.finals, [503])
    assert.ok(Number(request.final?.named('Retry-After')) > 0)
  }
  const bye = call.within('BYE')
  const hold = ringing
  await sim.run(3000)
  assert.deepEqual([bye.finals, hold.finals], [[200], [200]])
  await sim.runOut()
})

test('RFC 3261 §8.3: a redirect domain answers 302 with the contacts, unknown 404, unregistered 480', async () => {
  const sim = await SimEdge.open({ domains: 'domains: [{name: example.test, mode: redirect}]' })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const calls = ['bob', 'carol', 'nobody'].map(user => alice.call(`sip:${user}@example.test`))
  await sim.run(100)
  assert.deepEqual(
    calls.map(call => call.finals),
    [[302], [480], [404]],
  )
  const redirected = calls[0]?.final
  assert.ok(redirected)
  assert.equal(contactOf(redirected), bob.contact)
  assert.equal(bob.requests.length, 0)
  await sim.runOut()
})

test('RFC 5627: a call to a GRUU reaches that instance only, and in the dialog too', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const desk = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const mobile = new SimPhone(sim, { user: 'bob', ip: '192.0.2.21' })
  await mobile.register()
  const answer = await desk.register(
    [['Supported', 'gruu']],
    ';+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>"',
  )
  const gruu = /pub-gruu="([^"]+)"/.exec(answer.list(H.contact).join())?.[1]
  assert.ok(gruu)
  const call = alice.call(gruu)
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  assert.deepEqual([desk.calls.length, mobile.calls.length], [1, 0])
  const forged = alice.call(gruu.replace('0001', '0002'))
  await sim.run(100)
  assert.equal(forged.finals.length, 1)
  assert.ok([404, 480].includes(forged.finals[0] ?? 0))
  assert.deepEqual([desk.calls.length, mobile.calls.length], [1, 0])
  await sim.runOut()
})

const PROXY_IP = '198.51.100.5'

/** Another token: one character in its middle differs. */
function changed(token: string): string {
  return `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`
}

/** A neighbour that our users reach us by. */
const OUTER = [
  'trunks:',
  `  - {name: outer, uri: "sip:${PROXY_IP}", addresses: [${PROXY_IP}], domains: [outer.test], trusted: true}`,
  'insecure:',
  '  - {allow: trunk-without-tls, trunk: outer, because: a test}',
]

test('RFC 3327: a Path of a trusted edge is stored and used as Route', async () => {
  const sim = await SimEdge.open({ lines: OUTER })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  // What the edge brings is the phone's own REGISTER, with the phone's credentials.
  const contact = 'sip:bob@10.9.8.7:5060'
  const path = `<sip:${PROXY_IP};lr>`
  const bob = new SimPhone(sim, { user: 'bob', ip: PROXY_IP, contact })
  const answer = await bob.register([
    ['Path', path],
    ['Supported', 'path'],
  ])
  assert.equal(answer.status, 200)
  assert.equal(answer.named('Path'), path)
  assert.deepEqual(sim.store.location.bindings(BOB, sim.wallMs())[0]?.path, [path])
  const call = alice.call(BOB)
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  const invite = bob.calls[0]?.invite
  assert.equal(invite?.requestUri, contact)
  assert.deepEqual(invite?.list(H.route), [path])
  const bye = call.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(bye.finals, [200])
  await sim.runOut()
})

test('RFC 3327: a trusted edge cannot register users without their password, nor speak for them', async () => {
  const sim = await SimEdge.open({ lines: OUTER })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const edge = new SimPhone(sim, { ip: PROXY_IP })
  await bob.register()
  const headers = [['Contact', `<sip:x@${PROXY_IP}>`]] as const
  const register = edge.send('REGISTER', 'sip:example.test', { from: BOB, to: BOB, headers })
  const call = edge.call(BOB, { from: 'sip:alice@example.test' })
  await sim.run(100)
  assert.deepEqual([register.finals, call.finals], [[401], [407]])
  assert.equal(bob.calls.length, 0)
})

test('REG-10: a Path that no trusted edge wrote is refused', async () => {
  const sim = await SimEdge.open({ lines: OUTER })
  const bob = new SimPhone(sim, { user: 'bob', ip: '203.0.113.7' })
  const refused = await bob.register([
    ['Path', '<sip:198.51.100.99;lr>'],
    ['Supported', 'path'],
  ])
  assert.equal(refused.status, 403)
  assert.equal(sim.store.location.count(), 0)
})

test('TXN-18: what comes to us by two ways is answered once, its copy is 482; a REGISTER is carried out once', async () => {
  const sim = await SimEdge.open()
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const repeat = async (part: string): Promise<void> => {
    const sent = sim.network.sent.find(({ text }) => text.includes(part))?.text ?? ''
    bob.host
      .udp(5060, { ip: EDGE_IP, port: 5060 })
      .send(sent.replace(/branch=[^;\r]+/, 'branch=z9hG4bKother'))
    await sim.run(10)
  }
  await bob.register()
  await repeat('\r\nAuthorization:')
  bob.send('FOO', 'sip:example.test')
  await sim.run(10)
  await repeat('FOO sip:example.test')
  const statuses = bob.seen.flatMap(message => (message.kind === 'response' ? [message.status] : []))
  // The credentials of the copied REGISTER were used up by the first.
  assert.deepEqual(statuses, [401, 200, 401, 501, 482])
  assert.equal(sim.count('registrations_total'), 1)
  await sim.runOut()
})

test('DOS-02: OPTIONS to the server is answered without a transaction, and a repeated one the same again', async () => {
  const sim = await SimEdge.open()
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  bob.send('OPTIONS', 'sip:example.test')
  await sim.run(10)
  const sent = sim.network.sent.find(({ text }) => text.startsWith('OPTIONS '))?.text ?? ''
  bob.host.udp(5060, { ip: EDGE_IP, port: 5060 }).send(sent)
  await sim.run(10)
  const answers = sim.network.sent.filter(
    ({ text }) => text.includes('CSeq: ') && text.includes(' OPTIONS\r\n'),
  )
  const [first, again] = answers.filter(({ text }) => text.startsWith('SIP/2.0 200 ')).map(({ text }) => text)
  assert.ok(first)
  assert.equal(again, first)
  await sim.runOut()
})

test('OUT-11: a flow token in a Route is no passport, and a forged one is refused', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20', transport: 'tcp' })
  await bob.register()
  const [binding] = sim.store.location.bindings(BOB, sim.wallMs())
  assert.ok(binding)
  const flow = sim.flows.hopOf(binding.received)?.flow
  assert.ok(flow)
  const name = { transport: flow.transport, local: flow.local, remote: flow.remote, streamId: flow.id }
  const token = makeFlowToken(name, sim.keys.flow, sim.wallMs())
  const route = (value: string): readonly string[] => [`<sip:${value}@${EDGE_IP};lr>`]
  const stranger = new SimPhone(sim, { ip: '203.0.113.66' })
  const unproven = stranger.call(BOB, { routes: route(token), headers: [['Subject', 'x'.repeat(600)]] })
  const forged = alice.call(BOB, { routes: route(changed(token)) })
  const good = alice.call(BOB, { routes: route(token) })
  const notAllowed = alice.call('sip:x@elsewhere.test', { routes: route(token) })
  await sim.run(100)
  assert.deepEqual(
    [unproven, forged, good, notAllowed].map(call => call.finals),
    [[407], [403], [200], [403]],
  )
  const before = bob.seen.length
  bob.connection?.close()
  await sim.run(100)
  const gone = alice.call(BOB, { routes: route(token) })
  await sim.run(100)
  assert.deepEqual(gone.finals, [430])
  assert.equal(bob.seen.length, before)
  // The same ports again, another connection: the token is not for it.
  sim.transports.accept(bob.host, 'tcp', flow.remote.port, [])
  const later = alice.call(BOB, { routes: route(token) })
  await sim.run(100)
  assert.deepEqual(later.finals, [430])
  assert.equal(bob.seen.length, before)
  await sim.runOut()
})

test('MSG-14: SQL in every field of a REGISTER changes nothing but its own row', async () => {
  const sim = await SimEdge.open()
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  await bob.register()
  const before = sim.store.location.bindings(BOB, sim.wallMs())
  const attack = "'; DROP TABLE location; --"
  const user = "alice'%3B%20DROP%20TABLE%20location%3B%20--"
  for (const options of [
    { to: `sip:${user}@example.test`, from: `sip:${user}@example.test` },
    { to: alice.aor, callId: "x'OR'1" },
    {
      to: alice.aor,
      headers: [
        ['Contact', `<sip:a'%20OR%201=1@192.0.2.10>`],
        ['User-Agent', attack],
      ] as const,
    },
    { to: alice.aor, headers: [['Contact', `"${attack}" <${alice.contact}>;q=0.5;x="${attack}"`]] as const },
  ]) {
    alice.send('REGISTER', 'sip:example.test', { headers: [['Contact', `<${alice.contact}>`]], ...options })
    await sim.run(200)
  }
  assert.deepEqual(sim.store.location.bindings(BOB, sim.wallMs()), before)
  assert.deepEqual([...sim.store.location.aors()].sort(), [alice.aor, BOB])
  await sim.runOut()
})

test('a configured way is told to phones at every registration, and leads here (RFC 3608)', async () => {
  const route = '<sip:192.0.2.1:5060;lr>'
  const sim = await SimEdge.open({ lines: ['registrar: {service-route: ["sip:192.0.2.1:5060"]}'] })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  const answer = await bob.register()
  assert.equal(answer.status, 200)
  assert.deepEqual(answer.headers(H.serviceRoute), [route])
  await sim.runOut()
})

test('a user registers and is called under an alias of the domain, and registers nobody else there', async () => {
  const sim = await SimEdge.open({ domains: 'domains: [{name: example.test, aliases: [alias.test]}]' })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20', domain: 'alias.test' })
  assert.equal((await bob.register()).status, 200)
  assert.equal(sim.store.location.bindings('sip:bob@example.test', sim.wallMs()).length, 1)
  for (const uri of ['sip:bob@alias.test', 'sip:bob@example.test']) {
    const call = alice.call(uri)
    await sim.run(100)
    assert.deepEqual(call.finals, [200], uri)
  }
  const other = bob.send('REGISTER', 'sip:alias.test', {
    to: 'sip:alice@alias.test',
    headers: [['Contact', `<${bob.contact}>`]],
  })
  await sim.run(100)
  assert.deepEqual(other.finals, [403])
  await sim.runOut()
})
