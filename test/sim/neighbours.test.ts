import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimEdge, type SimEdgeOptions } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'

const CARRIER_IP = '198.51.100.5'

const PLAIN_TRUNK = [
  'trunks:',
  `  - {name: carrier, uri: "sip:${CARRIER_IP}", addresses: [${CARRIER_IP}], domains: [carrier.test]}`,
  'insecure:',
  '  - {allow: trunk-without-tls, trunk: carrier, because: a test of addresses}',
]

const TLS_TRUNK = [
  'trunks:',
  `  - {name: carrier, uri: "sips:${CARRIER_IP}", domains: [carrier.test], identities: [carrier.test]}`,
]

interface Scene {
  readonly sim: SimEdge
  readonly alice: SimPhone
  readonly bob: SimPhone
}

async function scene(lines: readonly string[], options: SimEdgeOptions = {}): Promise<Scene> {
  const sim = await SimEdge.open({ ...options, lines })
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await alice.register()
  await bob.register()
  return { sim, alice, bob }
}

test('PRX-05: nobody calls outward without a rule, however good the password', async () => {
  const { sim, alice } = await scene(PLAIN_TRUNK)
  const carrier = new SimPhone(sim, { ip: CARRIER_IP, domain: 'carrier.test' })
  for (const uri of [
    'sip:x@elsewhere.test',
    'sip:x@carrier.test',
    `sip:x@${CARRIER_IP}`,
    'tel:+4420',
    'sip:+4420@example.test',
  ]) {
    const call = alice.call(uri)
    await sim.run(100)
    assert.ok([403, 404].includes(call.final?.status ?? 0), `${uri} ${call.statuses}`)
  }
  assert.equal(carrier.seen.length, 0)
  await sim.runOut()
})

test('a rule lets a prefix out by its trunk, and one before it keeps a part of it in', async () => {
  const { sim, alice, bob } = await scene([
    ...PLAIN_TRUNK,
    'rules:',
    '  - {name: premium, from: own-users, to: "+4490*", allow: false}',
    '  - {name: country, from: own-users, to: "+44*", via: carrier, allow: true}',
  ])
  const carrier = new SimPhone(sim, { ip: CARRIER_IP, domain: 'carrier.test' })
  const allowed = alice.call('sip:+4420@example.test')
  const asTel = bob.call('tel:+44-20')
  const premium = alice.call('sip:+4490@example.test')
  const other = alice.call('sip:+3312@example.test')
  await sim.run(100)
  assert.deepEqual(allowed.finals, [200])
  assert.deepEqual(asTel.finals, [200])
  assert.deepEqual([premium.final?.status, other.final?.status], [403, 404])
  assert.deepEqual(
    carrier.got('INVITE').map(({ requestUri }) => requestUri),
    [`sip:+4420@${CARRIER_IP}`, `sip:+44-20@${CARRIER_IP}`],
  )
  const bye = allowed.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(bye.finals, [200])
  await sim.runOut()
})

test('a trunk by address calls own users, in its own name only', async () => {
  const { sim, bob } = await scene(PLAIN_TRUNK)
  const carrier = new SimPhone(sim, { ip: CARRIER_IP, user: 'x', domain: 'carrier.test' })
  const call = carrier.call('sip:bob@example.test', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  const back = bob.send('BYE', bob.calls[0]?.dialog.remoteTarget ?? '', {
    ...(bob.calls[0] === undefined ? {} : { dialog: bob.calls[0].dialog }),
    authenticates: false,
  })
  await sim.run(100)
  assert.deepEqual(back.finals, [200])
  assert.equal(carrier.got('BYE').length, 1)
  for (const from of ['sip:alice@example.test', 'sip:x@elsewhere.test']) {
    const forged = carrier.call('sip:bob@example.test', { from, authenticates: false })
    await sim.run(100)
    assert.deepEqual(forged.finals, [403], from)
  }
  const outward = carrier.call('sip:x@elsewhere.test', { authenticates: false })
  const register = carrier.send('REGISTER', 'sip:example.test', {
    from: 'sip:bob@example.test',
    to: 'sip:bob@example.test',
    authenticates: false,
  })
  await sim.run(100)
  assert.deepEqual([outward.finals, register.finals], [[403], [403]])
  await sim.runOut()
})

test('somebody at another address is not the trunk', async () => {
  const { sim, bob } = await scene(PLAIN_TRUNK)
  const other = new SimPhone(sim, { ip: '198.51.100.6', user: 'x', domain: 'carrier.test' })
  const call = other.call('sip:bob@example.test', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(call.finals, [407])
  assert.equal(bob.calls.length, 0)
  await sim.runOut()
})

test('TLS-10 TLS-11: a trunk is who its certificate says, and speaks for that domain only', async () => {
  const { sim, bob } = await scene(TLS_TRUNK)
  const carrier = new SimPhone(sim, {
    ip: CARRIER_IP,
    user: 'x',
    domain: 'carrier.test',
    transport: 'tls',
    identities: ['carrier.test'],
  })
  const call = carrier.call('sip:bob@example.test', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  assert.equal(bob.calls.length, 1)
  const forged = carrier.call('sip:bob@example.test', {
    from: 'sip:alice@example.test',
    authenticates: false,
  })
  await sim.run(100)
  assert.deepEqual(forged.finals, [403])
  for (const identities of [[], ['other.test']]) {
    const stranger = new SimPhone(sim, {
      ip: CARRIER_IP,
      port: 6000 + identities.length,
      user: 'x',
      domain: 'carrier.test',
      transport: 'tls',
      identities,
    })
    const refused = stranger.call('sip:bob@example.test', { authenticates: false })
    await sim.run(100)
    assert.deepEqual(refused.finals, [407])
  }
  assert.equal(bob.calls.length, 1)
  await sim.runOut()
})

test('a call out by a TLS trunk leaves over TLS to the place of its URI', async () => {
  const { sim, alice } = await scene([
    ...TLS_TRUNK,
    'rules:',
    '  - {from: own-users, to: carrier.test, via: carrier, allow: true}',
  ])
  const carrier = new SimPhone(sim, {
    ip: CARRIER_IP,
    port: 5061,
    user: 'x',
    domain: 'carrier.test',
    transport: 'tls',
  })
  const call = alice.call('sip:x@carrier.test')
  await sim.run(100)
  assert.deepEqual(call.finals, [200], String(call.statuses))
  assert.equal(carrier.calls.length, 1)
  assert.match(carrier.calls[0]?.invite.text ?? '', /^Via: SIP\/2\.0\/TLS /m)
  const bye = call.within('BYE', { authenticates: false })
  await sim.run(100)
  assert.deepEqual(bye.finals, [200])
  await sim.runOut()
})

test('TLS-08: a call by a trunk goes to whoever proves to be that trunk, though it is configured by address', async () => {
  for (const [names, expected] of [
    [['carrier.test'], [200]],
    [
      ['other.test', CARRIER_IP],
      [503, 500],
    ],
  ] as const) {
    const { sim, alice } = await scene([
      ...TLS_TRUNK,
      'rules:',
      '  - {from: own-users, to: carrier.test, via: carrier, allow: true}',
    ])
    const carrier = new SimPhone(sim, {
      ip: CARRIER_IP,
      port: 5061,
      user: 'x',
      domain: 'carrier.test',
      transport: 'tls',
    })
    sim.transports.identities.set(`tls:${CARRIER_IP}:5061`, names)
    const call = alice.call('sip:x@carrier.test')
    await sim.run(100)
    assert.equal(call.finals.length, 1)
    assert.ok(
      expected.some(status => status === call.finals[0]),
      String(call.finals),
    )
    assert.equal(carrier.calls.length, call.finals[0] === 200 ? 1 : 0)
    await sim.runOut()
  }
})

test('PAI-01 PAI-03: a trusted trunk is told who calls, any other is not', async () => {
  for (const isTrusted of [true, false]) {
    const { sim, alice } = await scene([
      'trunks:',
      `  - {name: carrier, uri: "sips:${CARRIER_IP}", domains: [carrier.test], identities: [carrier.test], trusted: ${isTrusted}}`,
      'rules:',
      '  - {from: own-users, to: carrier.test, via: carrier, allow: true}',
    ])
    const carrier = new SimPhone(sim, {
      ip: CARRIER_IP,
      port: 5061,
      user: 'x',
      domain: 'carrier.test',
      transport: 'tls',
    })
    const claims = { headers: [['P-Asserted-Identity', '<sip:boss@example.test>']] } as const
    const call = alice.call('sip:x@carrier.test', claims)
    await sim.run(100)
    const expected = isTrusted ? '<sip:alice@example.test>' : undefined
    assert.equal(carrier.calls[0]?.invite.named('P-Asserted-Identity'), expected)
    // RFC 5876 §4.2: in a dialog too.
    alice.send('BYE', call.dialog.remoteTarget, { ...claims, dialog: call.dialog, authenticates: false })
    await sim.run(100)
    const [bye] = carrier.got('BYE')
    assert.ok(bye !== undefined)
    assert.equal(bye.named('P-Asserted-Identity'), expected)
    await sim.runOut()
  }
})

test('PAI-02 PAI-03: what a trusted trunk asserts reaches own users, unless the caller wants privacy', async () => {
  const { sim, bob } = await scene([
    'trunks:',
    `  - {name: carrier, uri: "sips:${CARRIER_IP}", domains: [carrier.test], identities: [carrier.test], trusted: true}`,
  ])
  const carrier = new SimPhone(sim, {
    ip: CARRIER_IP,
    user: 'x',
    domain: 'carrier.test',
    transport: 'tls',
    identities: ['carrier.test'],
  })
  for (const [privacy, expected] of [
    ['none', '<tel:+4420>'],
    ['id', undefined],
    ['header;id', undefined],
  ] as const) {
    carrier.call('sip:bob@example.test', {
      headers: [
        ['P-Asserted-Identity', '<tel:+4420>'],
        ['Privacy', privacy],
      ],
      authenticates: false,
    })
    await sim.run(100)
    assert.equal(bob.calls.at(-1)?.invite.named('P-Asserted-Identity'), expected, privacy)
  }
  await sim.runOut()
})

const PBX_IP = '192.0.2.50'

test('a next-hop PBX gets calls for users that are unregistered, unknown, or all, as configured', async () => {
  const got = async (when: string): Promise<readonly string[]> => {
    const { sim, alice } = await scene([`next-hop: {uri: "sip:${PBX_IP}", when: ${when}}`])
    const pbx = new SimPhone(sim, { ip: PBX_IP, domain: 'example.test' })
    for (const user of ['bob', 'carol', 'zoe']) alice.call(`sip:${user}@example.test`)
    await sim.run(100)
    await sim.runOut()
    return pbx.got('INVITE').map(({ uri }) => uri.user ?? '')
  }
  assert.deepEqual(await got('unregistered'), ['carol', 'zoe'])
  assert.deepEqual(await got('unknown'), ['zoe'])
  assert.deepEqual(await got('always'), ['bob', 'carol', 'zoe'])
})

test('RFC 3263: a foreign domain is found by DNS, and the next address is tried when the first is silent', async () => {
  const dns = {
    'partner.test NAPTR': [],
    '_sip._udp.partner.test SRV': [
      { type: 'SRV', priority: 1, weight: 0, port: 5070, target: 'a.partner.test' },
      { type: 'SRV', priority: 2, weight: 0, port: 5060, target: 'b.partner.test' },
    ],
    'a.partner.test A': [{ type: 'A', address: '198.51.100.8' }],
    'b.partner.test A': [{ type: 'A', address: '198.51.100.9' }],
  } as const
  for (const dnsDelayMs of [undefined, 30]) {
    const { sim, alice } = await scene(['rules:', '  - {from: own-users, to: partner.test, allow: true}'], {
      dns,
      ...(dnsDelayMs === undefined ? {} : { dnsDelayMs }),
    })
    const second = new SimPhone(sim, { ip: '198.51.100.9', domain: 'partner.test' })
    const call = alice.call('sip:x@partner.test')
    await sim.run(40_000)
    assert.deepEqual(call.finals, [200])
    assert.equal(second.calls.length, 1)
    assert.ok(sim.network.sent.some(({ to }) => to.ip === '198.51.100.8' && to.port === 5070))
    const bye = call.within('BYE', { authenticates: false })
    await sim.run(1000)
    assert.deepEqual(bye.finals, [200])
    await sim.runOut()
  }
})

test('a domain that cannot be found is 5xx or 404 for the caller, and leaves nothing behind', async () => {
  const { sim, alice } = await scene(['rules:', '  - {from: own-users, to: nowhere.test, allow: true}'], {
    dnsDelayMs: 100,
  })
  const call = alice.call('sip:x@nowhere.test')
  const cancelled = alice.call('sip:x@nowhere.test')
  await sim.run(50)
  cancelled.cancel()
  await sim.run(2000)
  assert.equal(call.finals.length, 1)
  assert.ok((call.finals[0] ?? 0) >= 400)
  assert.equal(cancelled.finals.length, 1)
  await sim.runOut()
})
