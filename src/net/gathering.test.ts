import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { WebSocket } from 'ws'
import { TestAuthority } from '../../test/support/certificates.ts'
import { options, type TestNetwork, testNetwork } from '../../test/support/transports.ts'

const bounded = { timeout: 10_000 }
const authority = new TestAuthority()
const edge = { ...authority.issue('edge.example'), serverNames: [] }

/** What a TLS client reads, one entry for each record. */
async function records(network: TestNetwork, bytes: number): Promise<string[]> {
  const socket = connect({
    port: network.port('tls'),
    host: '127.0.0.1',
    servername: 'edge.example',
    ca: authority.certificatePem,
  })
  const chunks: string[] = []
  let length = 0
  const done = new Promise<void>(resolve => {
    socket.on('data', chunk => {
      chunks.push(chunk.toString('latin1'))
      length += chunk.length
      if (length >= bytes) resolve()
    })
  })
  await once(socket, 'secureConnect')
  socket.write(options('1') + options('2') + options('3'))
  await done
  socket.destroy()
  return chunks
}

test('what a turn sends by one connection is written once, in order', bounded, async () => {
  await using network = await testNetwork({
    on: ['tls'],
    tls: authority.options(edge),
    callbacks: { onMessage: (text, flow) => flow.send(text) },
  })
  const all = [1, 2, 3].map(each => options(`${each}`)).join('')
  assert.deepEqual(await records(network, all.length), [all])
})

test('what waits for the end of the turn is bounded: more is written at once', bounded, async () => {
  const backlogs: number[] = []
  await using network = await testNetwork({
    on: ['tls'],
    tls: authority.options(edge),
    callbacks: {
      onMessage(_text, flow) {
        flow.send('a'.repeat(10_000))
        backlogs.push(network.transports.stats().sendBacklogBytes)
      },
    },
  })
  const chunks = await records(network, 30_000)
  assert.equal(chunks[0]?.length, 10_000, 'the first did not wait for the others')
  assert.equal(backlogs[0], 10_000, 'what is gathered counts as waiting')
})

test('who asks and ends its side at once gets its answer', bounded, async () => {
  await using network = await testNetwork({
    on: ['tcp'],
    callbacks: { onMessage: (_text, flow) => flow.send('yes') },
  })
  const socket = connectTcp(network.port('tcp'), '127.0.0.1')
  socket.end(options('1'))
  const [chunk] = await once(socket, 'data')
  assert.equal(chunk.toString(), 'yes')
})

test('an answer that is followed by our close is delivered', bounded, async () => {
  await using network = await testNetwork({
    on: ['tcp'],
    callbacks: {
      onMessage(_text, flow) {
        flow.send('last words')
        flow.close('test')
      },
    },
  })
  const socket = connectTcp(network.port('tcp'), '127.0.0.1')
  socket.write(options('1'))
  const [chunk] = await once(socket, 'data')
  assert.equal(chunk.toString(), 'last words')
  await once(socket, 'end')
})

test('what is gathered for a connection that breaks is counted no more', bounded, async () => {
  await using network = await testNetwork({
    on: ['tcp'],
    callbacks: {
      onMessage(_text, flow) {
        socket.resetAndDestroy()
        flow.send('nobody reads this')
      },
    },
  })
  const socket = connectTcp(network.port('tcp'), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(options('1'))
  await network.until(() => network.closed.length === 1)
  while (network.transports.stats().connections > 0) await new Promise(resolve => setImmediate(resolve))
  assert.equal(network.transports.stats().sendBacklogBytes, 0)
})

test('messages of one turn are messages of their own on a WebSocket, in one write', bounded, async () => {
  await using network = await testNetwork({
    on: ['wss'],
    tls: authority.options(edge),
    callbacks: {
      onMessage(text, flow) {
        for (const part of ['a', 'b', 'c']) flow.send(text + part)
      },
    },
  })
  const webSocket = new WebSocket(`wss://127.0.0.1:${network.port('wss')}/`, 'sip', {
    rejectUnauthorized: false,
  })
  let records = 0
  webSocket.on('upgrade', ({ socket }) => {
    socket.on('data', () => {
      records += 1
    })
  })
  await once(webSocket, 'open')
  const texts: string[] = []
  const all = new Promise<void>(resolve => {
    webSocket.on('message', bytes => {
      if (texts.push(bytes.toString()) === 3) resolve()
    })
  })
  webSocket.send(options('1'))
  await all
  assert.deepEqual(
    texts,
    ['a', 'b', 'c'].map(part => options('1') + part),
  )
  assert.equal(records, 1)
  webSocket.terminate()
})
