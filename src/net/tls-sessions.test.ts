import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { TestAuthority } from '../../test/support/certificates.ts'
import { missing } from '../../test/support/programs.ts'
import { options, type TestNetwork, testNetwork } from '../../test/support/transports.ts'
import { Secret } from '../base/secret.ts'
import type { TlsOptions } from './tls-options.ts'
import { sessionOptions } from './tls-sessions.ts'

const bounded = { timeout: 20_000 }
const DAY_MS = 24 * 3600 * 1000
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const

const authority = new TestAuthority()
const trunks = new TestAuthority()
const edge = authority.issue('edge.example')
const trunk = trunks.issue('trunk.example')
const ticketSecret = new Secret('a'.repeat(64))

/** A server that also trusts the authority of the trunks. */
const trusting: TlsOptions = {
  ...authority.options(edge),
  authoritiesPem: [authority.certificatePem, trunks.certificatePem],
  ticketSecret,
}

function server(tls: TlsOptions = trusting): Promise<TestNetwork> {
  return testNetwork({ on: ['tls'], tls })
}

/** Connects, and says one message, so that the server has seen the client. */
async function client(network: TestNetwork, more: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({
    port: network.port('tls'),
    host: '127.0.0.1',
    servername: 'edge.example',
    ca: authority.certificatePem,
    ...more,
  })
  await once(socket, 'secureConnect')
  socket.on('error', () => {})
  const before = network.messages.length
  socket.write(options('1'))
  await network.until(() => network.messages.length > before || network.refused.length > 0)
  return socket
}

/** The session of a first connection. */
async function sessionAt(network: TestNetwork, more: ConnectionOptions): Promise<Buffer> {
  const socket = connect({
    port: network.port('tls'),
    host: '127.0.0.1',
    servername: 'edge.example',
    ca: authority.certificatePem,
    ...more,
  })
  const ticket = once(socket, 'session')
  await once(socket, 'secureConnect')
  socket.write(options('first'))
  const [session] = await ticket
  await network.until(() => network.messages.some(({ text }) => text === options('first')))
  socket.destroy()
  assert.ok(Buffer.isBuffer(session))
  return session
}

const certified = { cert: trunk.certificatePem, key: trunk.keyPem.reveal() }

for (const maxVersion of VERSIONS) {
  test(
    `a session is resumed at every process with the secret, and at no other (${maxVersion})`,
    bounded,
    async () => {
      await using first = await server()
      const session = await sessionAt(first, { maxVersion })
      await using second = await server()
      assert.equal((await client(second, { maxVersion, session })).isSessionReused(), true)
      await using stranger = await server({ ...trusting, ticketSecret: new Secret('b'.repeat(64)) })
      assert.equal((await client(stranger, { maxVersion, session })).isSessionReused(), false)
      const counts = [first, second, stranger].map(({ transports }) => {
        const { handshakesCompleted, handshakesResumed } = transports.stats()
        return [handshakesCompleted, handshakesResumed]
      })
      assert.deepEqual(counts, [
        [1, 0],
        [1, 1],
        [1, 0],
      ])
    },
  )

  test(
    `who was trusted by an authority that a reload removed is not by a session (${maxVersion})`,
    bounded,
    async () => {
      await using network = await server()
      const session = await sessionAt(network, { ...certified, maxVersion })
      assert.deepEqual(network.opened[0]?.peerIdentities, ['trunk.example'])
      const again = await client(network, { ...certified, maxVersion, session })
      assert.equal(again.isSessionReused(), true)
      assert.deepEqual(network.opened.at(-1)?.peerIdentities, ['trunk.example'])
      network.transports.reloadTls({ ...trusting, authoritiesPem: [authority.certificatePem] })
      const later = await client(network, { ...certified, maxVersion, session })
      assert.equal(later.isSessionReused(), false)
      assert.deepEqual(network.opened.at(-1)?.peerIdentities, [])
    },
  )

  test(
    `a session without certificate is worth nothing where one is required (${maxVersion})`,
    bounded,
    async () => {
      await using network = await server()
      const session = await sessionAt(network, { maxVersion })
      network.transports.reloadTls({ ...trusting, clientCertificates: 'require' })
      const where = { port: network.port('tls'), host: '127.0.0.1', servername: 'edge.example' }
      connect({ ...where, ca: authority.certificatePem, maxVersion, session }).on('error', () => {})
      await network.until(() => network.refused.length > 0)
      assert.equal(network.transports.stats().handshakesResumed, 0)
      assert.deepEqual(
        network.refused.map(({ reason }) => reason),
        ['no-client-certificate'],
      )
    },
  )

  test(
    `a certificate that expired since is not brought back by a session (${maxVersion})`,
    bounded,
    async () => {
      let wallMs = Date.now()
      await using network = await server({ ...trusting, wallMs: () => wallMs })
      const session = await sessionAt(network, { ...certified, maxVersion })
      wallMs += DAY_MS
      const socket = await client(network, { ...certified, maxVersion, session })
      assert.equal(socket.isSessionReused(), true)
      assert.deepEqual(network.opened.at(-1)?.peerIdentities, [])
    },
  )
}

test('the keys of tickets change every day, by themselves (RFC 9325 §3.4)', bounded, async () => {
  let wallMs = Date.now()
  await using network = await server({ ...trusting, wallMs: () => wallMs })
  const maxVersion = 'TLSv1.2'
  const session = await sessionAt(network, { maxVersion })
  network.pass(500)
  assert.equal((await client(network, { maxVersion, session })).isSessionReused(), true)
  wallMs += DAY_MS
  network.pass(500)
  assert.equal((await client(network, { maxVersion, session })).isSessionReused(), false)
})

test('each part of what a handshake is judged by has keys of its own', () => {
  const now = Date.now()
  const variants: TlsOptions[] = [
    trusting,
    { ...trusting, authoritiesPem: [authority.certificatePem] },
    { ...trusting, clientCertificates: 'require' },
    { ...trusting, clientCertificates: 'none' },
    { ...trusting, minVersion: '1.3' },
    { ...trusting, certificates: [authority.issue('edge.example')] },
    { ...trusting, servedNames: ['other.example'] },
    { ...trusting, ticketSecret: new Secret('b'.repeat(64)) },
  ]
  const keys = variants.map(each => sessionOptions(each, 'tls', now).ticketKeys.toString('hex'))
  keys.push(sessionOptions(trusting, 'wss', now).ticketKeys.toString('hex'))
  keys.push(sessionOptions(trusting, 'tls', now + DAY_MS).ticketKeys.toString('hex'))
  assert.equal(new Set(keys).size, keys.length)
  assert.ok(keys.every(key => key.length === 96))
  assert.equal(sessionOptions({ ...trusting }, 'tls', now).ticketKeys.toString('hex'), keys[0])
})

const folder = mkdtempSync(join(tmpdir(), 'aspis-sessions-'))
after(() => rmSync(folder, { recursive: true }))

/** What `openssl s_client` prints until it has its answer, or ends. */
function sClient(network: TestNetwork, ...more: readonly string[]): Promise<string> {
  const address = ['-connect', `127.0.0.1:${network.port('tls')}`, '-servername', 'edge.example']
  const child = spawn('openssl', ['s_client', ...address, ...more])
  let output = ''
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString('latin1')
    if (output.includes('the answer')) child.stdin.end()
  })
  child.stdin.write(options('1'))
  return once(child, 'close').then(() => output)
}

for (const version of ['-tls1_2', '-tls1_3']) {
  test(`OpenSSL resumes what it saved (${version})`, { ...bounded, skip: missing('openssl') }, async () => {
    await using network = await testNetwork({
      on: ['tls'],
      tls: trusting,
      callbacks: { onMessage: (_text, flow) => flow.send('the answer') },
    })
    const file = join(folder, `session${version}`)
    assert.match(await sClient(network, version, '-sess_out', file), /New, TLSv1\.[23]/)
    assert.match(await sClient(network, version, '-sess_in', file), /Reused, TLSv1\.[23]/)
  })
}

test('OpenSSL reconnects five times with its session', { ...bounded, skip: missing('openssl') }, async () => {
  await using network = await server()
  const output = sClient(network, '-tls1_2', '-reconnect')
  await network.until(() => network.transports.stats().handshakesResumed === 5)
  for (const flow of network.transports.flows()) flow.close('test')
  assert.equal((await output).match(/Reused, TLSv1\.2/g)?.length, 5)
})
