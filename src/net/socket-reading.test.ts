import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, createServer, Socket } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { TestAuthority } from '../../test/support/certificates.ts'
import { options, type TestNetwork, testNetwork } from '../../test/support/transports.ts'
import { readFrom } from './socket-reading.ts'

const bounded = { timeout: 10_000 }
const authority = new TestAuthority()
const edge = { ...authority.issue('edge.example'), serverNames: [] }

test('this runtime lets all sockets of a server read into one buffer', bounded, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const seen: { bytes: Buffer; text: string }[] = []
  const ways: string[] = []
  server.on('connection', socket => {
    const read = (bytes: Buffer, length: number): void => {
      seen.push({ bytes, text: bytes.toString('latin1', 0, length) })
    }
    ways.push(readFrom(socket, read))
  })
  const ends: Promise<unknown>[] = []
  for (const text of ['one', 'two']) {
    const socket = connectTcp(port, '127.0.0.1')
    socket.end(text)
    socket.resume()
    ends.push(once(socket, 'close'))
    await once(socket, 'close')
  }
  server.close()
  assert.deepEqual(ways, ['shared buffer', 'shared buffer'])
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['one', 'two'],
  )
  assert.equal(seen[0]?.bytes, seen[1]?.bytes)
})

test('a socket that is made otherwise is read by events', bounded, () => {
  const socket = new Socket()
  const seen: string[] = []
  assert.equal(
    readFrom(socket, (bytes, length) => seen.push(bytes.toString('latin1', 0, length))),
    'events',
  )
  socket.emit('data', Buffer.from('abc'))
  assert.deepEqual(seen, ['abc'])
})

/** A client that sends its first message with the last one of its handshake. */
function hasty(network: TestNetwork, maxVersion: 'TLSv1.2' | 'TLSv1.3', texts: readonly string[]) {
  const port = network.port('tls')
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion })
  for (const text of texts) socket.write(text, 'latin1')
  return socket
}

test(
  'what a client says together with the end of its handshake is read, once and in order',
  bounded,
  async () => {
    await using network = await testNetwork({ on: ['tls'], tls: authority.options(edge) })
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const before = network.messages.length
      const socket = hasty(network, version, [options('1'), options('2', 'x'.repeat(40_000)), options('3')])
      await network.until(() => network.messages.length === before + 3)
      socket.write(options('4'))
      await network.until(() => network.messages.length === before + 4)
      assert.deepEqual(
        network.messages.slice(before).map(({ text }) => text),
        [options('1'), options('2', 'x'.repeat(40_000)), options('3'), options('4')],
      )
      socket.destroy()
    }
  },
)

test('messages of many connections at once, cut anywhere, stay apart', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'] })
  const count = 20
  const sockets = Array.from({ length: count }, () =>
    connectTcp(network.port('tcp'), '127.0.0.1').setNoDelay(true),
  )
  const texts = sockets.map((_, i) => options(`call ${i}`, String.fromCharCode(97 + i).repeat(3000)))
  for (let at = 0; at < 3200; at += 700) {
    sockets.forEach((socket, i) => {
      const part = texts[i]?.slice(at, at + 700) ?? ''
      if (part !== '') socket.write(part, 'latin1')
    })
    await new Promise(resolve => setImmediate(resolve))
  }
  await network.until(() => network.messages.length === count)
  const got = network.messages.map(({ text }) => text).sort()
  assert.deepEqual(got, [...texts].sort())
  for (const socket of sockets) socket.destroy()
})
