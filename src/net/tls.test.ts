import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { TestAuthority } from '../../test/support/certificates.ts'
import { options, type TestNetwork, testNetwork } from '../../test/support/transports.ts'
import type { TlsOptions } from './tls-options.ts'

const bounded = { timeout: 10_000 }
const authority = new TestAuthority()
const edge = authority.issue('edge.example')
const trunk = authority.issue('trunk.example')

async function client(network: TestNetwork, more: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    port: network.port('tls'),
    host: '127.0.0.1',
    servername: 'edge.example',
    ca: authority.certificatePem,
    ...more,
  })
  await once(socket, 'secureConnect')
  return socket
}

function server(tls: TlsOptions = authority.options(edge), limits = {}): Promise<TestNetwork> {
  return testNetwork({ on: ['tls'], tls, limits })
}

/** The error code that a client gets. */
async function failureOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'connected'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

test('messages come over TLS 1.3, and the flow is secure (TLS-02)', bounded, async () => {
  await using network = await server()
  const socket = await client(network)
  assert.equal(socket.getProtocol(), 'TLSv1.3')
  socket.write(options('1'))
  await network.until(() => network.messages.length === 1)
  const flow = network.messages[0]?.flow
  assert.deepEqual([flow?.transport, flow?.isSecure, flow?.peerIdentities], ['tls', true, []])
  flow?.send('SIP/2.0 200 OK')
  const [chunk] = await once(socket, 'data')
  assert.equal(chunk.toString(), 'SIP/2.0 200 OK')
  socket.end()
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'peer-closed')
  await once(socket, 'close')
  while (network.transports.stats().connections > 0) await new Promise(resolve => setImmediate(resolve))
})

test('TLS 1.2 is taken with forward secrecy and AEAD only; 1.1 never (TLS-02, TLS-03)', bounded, async () => {
  await using network = await server()
  const socket = await client(network, { maxVersion: 'TLSv1.2' })
  assert.match(socket.getCipher().name, /^ECDHE-ECDSA-.*(GCM|POLY1305)/)
  for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256']) {
    const failure = await failureOf(client(network, { maxVersion: 'TLSv1.2', ciphers }))
    assert.match(failure, /HANDSHAKE_FAILURE/, ciphers)
  }
  const old = client(network, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })
  assert.match(await failureOf(old), /PROTOCOL_VERSION/)
  await network.until(() => network.refused.length === 4)
  assert.ok(network.refused.every(({ reason }) => reason === 'handshake-failed'))
  await using strict = await server({ ...authority.options(edge), minVersion: '1.3' })
  assert.match(await failureOf(client(strict, { maxVersion: 'TLSv1.2' })), /PROTOCOL_VERSION/)
})

test('ALPN is answered when offered, and not asked for (TLS-04)', bounded, async () => {
  await using network = await server()
  assert.equal((await client(network, { ALPNProtocols: ['h2', 'sip/2'] })).alpnProtocol, 'sip/2')
  assert.equal((await client(network)).alpnProtocol, false)
  assert.match(await failureOf(client(network, { ALPNProtocols: ['h2'] })), /NO_APPLICATION_PROTOCOL/)
})

test(
  'a name that is not served gets the alert unrecognized_name; no name the default (TLS-04)',
  bounded,
  async () => {
    const other = authority.issue('other.example')
    await using network = await server(authority.options(edge, other))
    const failure = await failureOf(client(network, { servername: 'stranger.example' }))
    assert.match(failure, /UNRECOGNIZED_NAME/)
    assert.equal(network.refused[0]?.reason, 'unknown-server-name')
    const named = await client(network, { servername: 'OTHER.example' })
    assert.match(named.getPeerCertificate().subjectaltname ?? '', /other\.example/)
    const unnamed = await client(network, { servername: '', checkServerIdentity: () => undefined })
    assert.match(unnamed.getPeerCertificate().subjectaltname ?? '', /edge\.example/)
    const open = { ...edge, serverNames: [] }
    await using any = await server(authority.options(open))
    await client(any, { servername: 'stranger.example', checkServerIdentity: () => undefined })
  },
)

test('a client is who its verified certificate says; any other is nobody (TLS-10)', bounded, async () => {
  await using network = await server()
  const stranger = new TestAuthority().issue('trunk.example')
  for (const { certificatePem, keyPem } of [trunk, stranger]) {
    const socket = await client(network, { cert: certificatePem, key: keyPem.reveal() })
    socket.write(options('1'))
  }
  await network.until(() => network.messages.length === 2)
  assert.deepEqual(
    network.opened.map(flow => flow.peerIdentities),
    [['trunk.example'], []],
  )
})

test('a resumed session carries its certificate or no identity', bounded, async () => {
  await using network = await server()
  const certified = { cert: trunk.certificatePem, key: trunk.keyPem.reveal() }
  const cases = [
    { version: 'TLSv1.3', more: certified, identities: ['trunk.example'] },
    { version: 'TLSv1.3', more: {}, identities: [] },
    { version: 'TLSv1.2', more: certified, identities: ['trunk.example'] },
    { version: 'TLSv1.2', more: {}, identities: [] },
  ] as const
  for (const { version, more, identities } of cases) {
    const first = await client(network, { ...more, maxVersion: version })
    const ticket = version === 'TLSv1.3' ? once(first, 'session') : [first.getSession()]
    const before = network.messages.length
    first.write(options('1'))
    const [session] = await ticket
    const again = await client(network, { ...more, maxVersion: version, session })
    assert.equal(again.isSessionReused(), true)
    again.write(options('2'))
    await network.until(() => network.messages.length === before + 2)
    assert.deepEqual(network.opened.at(-1)?.peerIdentities, identities)
  }
})

test('where a certificate is required, a client without one becomes no flow', bounded, async () => {
  await using network = await server({ ...authority.options(edge), clientCertificates: 'require' })
  const socket = connect({ port: network.port('tls'), host: '127.0.0.1', rejectUnauthorized: false })
  socket.on('error', () => {})
  await network.until(() => network.refused.length === 1)
  assert.equal(network.refused[0]?.reason, 'no-client-certificate')
  await client(network, { cert: trunk.certificatePem, key: trunk.keyPem.reveal() })
  await network.until(() => network.opened.length === 1)
})

test('a handshake ends within five seconds of accept (DOS-06)', bounded, async () => {
  await using network = await server()
  const socket = connectTcp(network.port('tls'), '127.0.0.1').on('error', () => {})
  const gone = once(socket, 'close')
  socket.resume()
  while (network.transports.stats().handshakes === 0) await new Promise(resolve => setImmediate(resolve))
  network.pass(4_900)
  assert.equal(network.refused.length, 0)
  network.pass(500)
  await gone
  assert.deepEqual(
    network.refused.map(({ reason }) => reason),
    ['handshake-timeout'],
  )
  while (network.transports.stats().connections > 0) await new Promise(resolve => setImmediate(resolve))
  assert.equal(network.transports.stats().handshakes, 0)
})

test('the oldest half-open handshake makes room for a new one', bounded, async () => {
  await using network = await server(authority.options(edge), { maxTlsHandshakes: 2 })
  const silent = [1, 2].map(() => connectTcp(network.port('tls'), '127.0.0.1').on('error', () => {}))
  while (network.transports.stats().handshakes < 2) await new Promise(resolve => setImmediate(resolve))
  await client(network)
  assert.equal(network.refused[0]?.reason, 'too-many-handshakes')
  for (const socket of silent) socket.destroy()
})

test('bytes that are no TLS end the handshake', bounded, async () => {
  await using network = await server()
  const socket = connectTcp(network.port('tls'), '127.0.0.1').on('error', () => {})
  socket.write(options('1'))
  await network.until(() => network.refused.length === 1)
  assert.equal(network.refused[0]?.reason, 'handshake-failed')
  assert.match(network.refused[0]?.detail ?? '', /^ERR_SSL/)
})

test('a client cannot renegotiate (DOS-06)', bounded, async () => {
  await using network = await server()
  const socket = await client(network, { maxVersion: 'TLSv1.2' })
  socket.write(options('1'))
  await network.until(() => network.messages.length === 1)
  const outcome = await new Promise<string>(resolve => {
    socket.on('error', error => resolve(String(error)))
    socket.on('close', () => resolve('closed'))
    socket.renegotiate({}, error => resolve(error === null ? 'renegotiated' : String(error)))
  })
  assert.match(outcome, /no.?renegotiation|closed/i)
})

test('reloaded certificates are shown to new connections, and open ones stay (TLS-12)', bounded, async () => {
  await using network = await server()
  const before = await client(network)
  const next = new TestAuthority()
  network.transports.reloadTls(next.options(next.issue('edge.example')))
  const after = await client(network, { ca: next.certificatePem })
  assert.match(await failureOf(client(network)), /CERT|ISSUER/)
  before.write(options('1'))
  after.write(options('2'))
  await network.until(() => network.messages.length === 2)
  const broken = { ...edge, certificatePem: 'nonsense' }
  assert.throws(() => network.transports.reloadTls(authority.options(broken)), {
    code: 'ERR_ASPIS_TLS_MATERIAL',
  })
  await client(network, { ca: next.certificatePem })
})

test('a TLS listener without certificate does not open', bounded, async () => {
  await assert.rejects(testNetwork({ on: ['tls'] }), { code: 'ERR_ASPIS_TLS_CERTIFICATE_MISSING' })
})

test(
  'we connect to who proves the domain that was asked for, and to nobody else (TLS-06, TLS-08)',
  bounded,
  async () => {
    await using far = await server()
    await using near = await testNetwork({ tls: authority.options(trunk) })
    const hop = { transport: 'tls', ip: '127.0.0.1', port: far.port('tls'), host: 'edge.example' } as const
    const sent = await near.transports.send(hop, options('1'))
    assert.ok(sent.ok)
    assert.deepEqual(sent.value.peerIdentities, ['edge.example'])
    await far.until(() => far.messages.length === 1)
    assert.deepEqual(far.messages[0]?.flow.peerIdentities, ['trunk.example'], 'our certificate was shown')
    const open = authority.options({ ...edge, serverNames: [] })
    await using anyName = await server(open)
    const wrong = await near.transports.send(
      { ...hop, port: anyName.port('tls'), host: 'bank.example' },
      options('2'),
    )
    assert.deepEqual(wrong.ok ? '' : wrong.error, {
      failure: 'certificate-name',
      detail: 'certificate-for-another-name',
    })
    const foreign = new TestAuthority()
    await using untrusted = await server(foreign.options(foreign.issue('edge.example')))
    const refused = await near.transports.send({ ...hop, port: untrusted.port('tls') }, options('3'))
    assert.equal(refused.ok ? '' : refused.error.failure, 'tls-failed')
    assert.equal(near.messages.length + anyName.messages.length + untrusted.messages.length, 0)
  },
)

test('a TLS connection is never used for another domain at the same address (CRU-02)', bounded, async () => {
  const both = authority.issue('edge.example', 'second.example')
  await using far = await server(authority.options(both))
  await using near = await testNetwork({ tls: authority.options() })
  const hop = { transport: 'tls', ip: '127.0.0.1', port: far.port('tls'), host: 'edge.example' } as const
  const first = await near.transports.connect(hop)
  const same = await near.transports.connect({ ...hop, host: 'EDGE.example' })
  const second = await near.transports.connect({ ...hop, host: 'second.example' })
  assert.ok(first.ok && same.ok && second.ok)
  assert.equal(first.value, same.value)
  assert.notEqual(first.value, second.value)
})

test(
  'an alias leads back to a peer that proved its domain, and only for that domain (CRU-01, CRU-02)',
  bounded,
  async () => {
    await using network = await server()
    const proved = await client(network, { cert: trunk.certificatePem, key: trunk.keyPem.reveal() })
    await network.until(() => network.opened.length === 1)
    await client(network)
    await network.until(() => network.opened.length === 2)
    const [trunkFlow, phoneFlow] = network.opened
    assert.ok(trunkFlow !== undefined && phoneFlow !== undefined)
    assert.equal(network.transports.alias(phoneFlow, 5061), false)
    assert.equal(network.transports.alias(trunkFlow, 5061), true)
    const hop = { transport: 'tls', ip: '127.0.0.1', port: 5061, host: 'trunk.example' } as const
    const back = network.transports.send(hop, options('back'))
    assert.ok(!(back instanceof Promise) && back.ok && back.value === trunkFlow)
    const [chunk] = await once(proved, 'data')
    assert.equal(chunk.toString(), options('back'))
    const other = network.transports.send({ ...hop, host: 'phone.example' }, options('x'))
    assert.ok(other instanceof Promise, 'another domain needs a connection of its own')
    trunkFlow.close('test')
    assert.ok(network.transports.send(hop, options('late')) instanceof Promise)
  },
)

test(
  'a certificate is asked for as soon as a reload wants one, and no longer than that',
  bounded,
  async () => {
    const own = { cert: trunk.certificatePem, key: trunk.keyPem.reveal() }
    await using network = await server({ ...authority.options(edge), clientCertificates: 'none' })
    const shown: (string | undefined)[] = []
    for (const clientCertificates of ['none', 'ask', 'none'] as const) {
      network.transports.reloadTls({ ...authority.options(edge), clientCertificates })
      const socket = await client(network, own)
      socket.write(options(`${shown.length}`))
      await network.until(() => network.messages.length > shown.length)
      shown.push(network.messages.at(-1)?.flow.peerIdentities[0])
    }
    assert.deepEqual(shown, [undefined, 'trunk.example', undefined])
  },
)
