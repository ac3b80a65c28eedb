import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect as connectTcp, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { TestAuthority } from '../../test/support/certificates.ts'
import { options, type TestNetwork, testNetwork } from '../../test/support/transports.ts'

const bounded = { timeout: 20_000 }
const authority = new TestAuthority()
const edge = { ...authority.issue('edge.example'), serverNames: [] }

function server(on: readonly ('tls' | 'udp')[] = ['tls']): Promise<TestNetwork> {
  return testNetwork({ on, tls: authority.options(edge) })
}

async function turn(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
}

/** What a TLS client says first. */
async function greeting(): Promise<Buffer> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const bound = listener.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const client = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  const [socket] = await once(listener, 'connection')
  const [bytes] = await once(socket, 'data')
  client.destroy()
  socket.destroy()
  listener.close()
  assert.ok(Buffer.isBuffer(bytes))
  return bytes
}

/** Connections whose clients said that much, accepted all. */
async function greeters(network: TestNetwork, count: number, said: Buffer): Promise<Socket[]> {
  const sockets: Socket[] = []
  for (let i = 0; i < count; i += 1) {
    const socket = connectTcp(network.port('tls'), '127.0.0.1').on('error', () => {})
    socket.write(said)
    sockets.push(socket)
  }
  while (network.transports.stats().handshakes < count) await turn()
  return sockets
}

test('nothing is computed for a client before its greeting is whole', bounded, async () => {
  const hello = await greeting()
  await using network = await server()
  const [socket] = await greeters(network, 1, hello.subarray(0, -1))
  for (let i = 0; i < 20; i += 1) await turn()
  assert.ok(socket !== undefined)
  assert.equal(network.transports.stats().handshakesWaiting, 0)
  assert.equal(socket.bytesRead, 0)
  socket.write(hello.subarray(-1))
  await once(socket, 'data')
  socket.destroy()
})

test('a message that comes with forty greetings is served before most of them', bounded, async () => {
  const hello = await greeting()
  const waiting: number[] = []
  await using network = await testNetwork({
    on: ['tls', 'udp'],
    tls: authority.options(edge),
    limits: { maxTlsHandshakesBegun: 160 },
    callbacks: {
      onMessage() {
        waiting.push(network.transports.stats().handshakesWaiting)
      },
    },
  })
  const sockets = await greeters(network, 40, hello.subarray(0, -1))
  const answers = sockets.map(socket => once(socket, 'data'))
  for (const socket of sockets) socket.write(hello.subarray(-1))
  const phone = createSocket('udp4')
  phone.send(options('1'), network.port('udp'), '127.0.0.1')
  await network.until(() => network.messages.length === 1)
  phone.close()
  assert.ok((waiting[0] ?? 0) >= 20, `${waiting[0]} were waiting`)
  await Promise.all(answers)
  for (const socket of sockets) socket.destroy()
})

test('a greeting in single bytes is a greeting', bounded, async () => {
  await using network = await server()
  // Between client and server stands one who passes on byte by byte.
  const between = createServer(near => {
    const far = connectTcp(network.port('tls'), '127.0.0.1').setNoDelay(true)
    far.pipe(near)
    near.on('data', async bytes => {
      near.pause()
      for (const byte of bytes) {
        far.write(Buffer.of(byte))
        await turn()
      }
      near.resume()
    })
    for (const socket of [near, far]) socket.on('error', () => {})
    near.on('close', () => far.destroy())
  }).listen(0, '127.0.0.1')
  await once(between, 'listening')
  const bound = between.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(client, 'secureConnect')
  client.write(options('1'))
  await network.until(() => network.messages.length === 1)
  client.destroy()
  between.close()
})

test('who says nothing and ends its side is gone at once', bounded, async () => {
  await using network = await server()
  const socket = connectTcp(network.port('tls'), '127.0.0.1')
  socket.end()
  await network.until(() => network.refused.length === 1)
  assert.equal(network.refused[0]?.reason, 'handshake-failed')
  while (network.transports.stats().connections > 0) await turn()
})

test('records that no greeting can be are for the library to refuse', bounded, async () => {
  await using network = await server()
  for (const bytes of [Buffer.of(0x16, 3, 1, 0xff, 0xff, 1), Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
    const socket = connectTcp(network.port('tls'), '127.0.0.1').on('error', () => {})
    const refused = network.refused.length
    socket.write(bytes)
    await network.until(() => network.refused.length > refused)
    assert.match(network.refused.at(-1)?.detail ?? '', /^ERR_SSL/)
  }
})
