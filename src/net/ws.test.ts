import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { type ClientOptions, WebSocket } from 'ws'
import { TestAuthority } from '../../test/support/certificates.ts'
import { type TestNetwork, testNetwork } from '../../test/support/transports.ts'

const bounded = { timeout: 10_000 }
const authority = new TestAuthority()
const request = 'OPTIONS sip:a@127.0.0.1 SIP/2.0\r\nCall-ID: \u00fc\r\n\r\n'

async function client(network: TestNetwork, more: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${network.port('ws')}/sip`, 'sip', more)
  await once(socket, 'open')
  return socket
}

/** The HTTP status line and header that a handshake gets. */
async function handshake(network: TestNetwork, rows: readonly string[]): Promise<string> {
  const socket = connect(network.port('ws'), '127.0.0.1')
  const lines = ['GET /sip HTTP/1.1', 'Host: edge.example', ...rows]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (text.includes('\r\n\r\n')) break
  }
  return text
}

const upgrade = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
]

test('each WebSocket message, text or binary, is one SIP message (TRN-09)', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  const socket = await client(network)
  assert.equal(socket.protocol, 'sip')
  assert.equal(socket.extensions, '', 'no compression')
  socket.send(request)
  socket.send(Buffer.from(request, 'latin1'))
  socket.send('OPTIONS', { fin: false })
  socket.send(' sip:b', { fin: true })
  await network.until(() => network.messages.length === 3)
  assert.deepEqual(
    network.messages.map(({ text }) => text),
    [Buffer.from(request).toString('latin1'), request, 'OPTIONS sip:b'],
  )
  const flow = network.messages[0]?.flow
  assert.deepEqual([flow?.transport, flow?.isSecure, flow?.isReliable], ['ws', false, true])
  assert.equal(flow?.remote.ip, '127.0.0.1')
})

test('UTF-8 leaves as text, anything else as binary (TRN-09)', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  const socket = await client(network)
  const came: [string, boolean][] = []
  socket.on('message', (bytes, isBinary) => {
    if (Buffer.isBuffer(bytes)) came.push([bytes.toString('latin1'), isBinary])
  })
  await network.until(() => network.opened.length === 1)
  for (const text of ['plain', '\xc3\xbc', '\xfc']) network.opened[0]?.send(text)
  while (came.length < 3) await once(socket, 'message')
  assert.deepEqual(came, [
    ['plain', false],
    ['\xc3\xbc', false],
    ['\xfc', true],
  ])
})

test('a handshake without the subprotocol sip is refused (TRN-09)', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  for (const rows of [[], ['Sec-WebSocket-Protocol: msrp']]) {
    assert.match(await handshake(network, [...upgrade, ...rows]), /^HTTP\/1\.1 400 /)
  }
  assert.match(
    await handshake(network, [...upgrade, 'Sec-WebSocket-Protocol: msrp, sip']),
    /^HTTP\/1\.1 101 /,
  )
  assert.deepEqual(
    network.refused.map(({ reason }) => reason),
    ['websocket-subprotocol', 'websocket-subprotocol'],
  )
})

test('a page of an origin that is not listed is refused with 403 (TRN-10)', bounded, async () => {
  const webSockets = { allowedOrigins: ['https://phone.example'] }
  await using network = await testNetwork({ on: ['ws'], webSockets })
  const rows = [...upgrade, 'Sec-WebSocket-Protocol: sip']
  assert.match(await handshake(network, [...rows, 'Origin: https://evil.example']), /^HTTP\/1\.1 403 /)
  assert.equal(network.refused[0]?.reason, 'websocket-origin')
  assert.match(await handshake(network, [...rows, 'Origin: https://phone.example']), /^HTTP\/1\.1 101 /)
  assert.match(await handshake(network, rows), /^HTTP\/1\.1 101 /)
})

test('the owner may answer a handshake with 401 (TRN-10)', bounded, async () => {
  await using network = await testNetwork({
    on: ['ws'],
    webSockets: {
      authorize: ({ headers, path, isSecure }) => {
        assert.deepEqual([path, isSecure], ['/sip', false])
        return headers.authorization === 'Bearer x' ? undefined : { status: 401, challenge: 'Bearer' }
      },
    },
  })
  const rows = [...upgrade, 'Sec-WebSocket-Protocol: sip']
  const refused = await handshake(network, rows)
  assert.match(refused, /^HTTP\/1\.1 401 Unauthorized\r\n/)
  assert.match(refused, /\r\nWWW-Authenticate: Bearer\r\n/)
  assert.match(await handshake(network, [...rows, 'Authorization: Bearer x']), /^HTTP\/1\.1 101 /)
})

test('plain HTTP is told to upgrade, and what is no HTTP is closed', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  assert.match(await handshake(network, []), /^HTTP\/1\.1 426 .*\r\nUpgrade: websocket\r\n/s)
  const raw = connect(network.port('ws'), '127.0.0.1').on('error', () => {})
  raw.end('OPTIONS sip:a SIP/2.0\r\n\r\n')
  raw.resume()
  await once(raw, 'close')
  assert.deepEqual(
    network.refused.map(({ reason }) => reason),
    ['websocket-not-an-upgrade', 'websocket-not-an-upgrade'],
  )
  while (network.transports.stats().connections > 0) await new Promise(resolve => setImmediate(resolve))
})

test('a handshake must end ten seconds after accept (DOS-06)', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  const raw = connect(network.port('ws'), '127.0.0.1').on('error', () => {})
  raw.write('GET /sip HTTP/1.1\r\nHost: e')
  const gone = new Promise(resolve => raw.on('close', resolve))
  while (network.transports.stats().connections === 0) await new Promise(resolve => setImmediate(resolve))
  network.pass(10_000)
  await gone
  assert.equal(network.refused[0]?.reason, 'handshake-timeout')
})

test(
  'CRLFCRLF is answered with CRLF, a ping with a pong, and neither is a message (OUT-09)',
  bounded,
  async () => {
    await using network = await testNetwork({ on: ['ws'] })
    const socket = await client(network)
    socket.send('\r\n\r\n')
    const [bytes] = await once(socket, 'message')
    assert.equal(String(bytes), '\r\n')
    const pong = once(socket, 'pong')
    socket.ping('x')
    await pong
    assert.deepEqual(network.messages, [])
  },
)

test('a browser that is gone is found by pings; one that answers stays', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  const alive = await client(network)
  const dead = await client(network, { autoPong: false })
  for (const socket of [alive, dead]) socket.send(request)
  await network.until(() => network.messages.length === 2)
  const pings = [alive, dead].map(socket => once(socket, 'ping'))
  network.pass(30_000)
  await Promise.all(pings)
  // The pong is on its way: a message behind it shows that it arrived.
  alive.send(request)
  await network.until(() => network.messages.length === 3)
  network.pass(30_000)
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'pong-missing')
  const aliveFlow = network.messages[2]?.flow
  assert.equal(aliveFlow?.isOpen, true)
})

test('a message over the bound closes the connection with 1009', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'], limits: { maxMessageBytes: 1000 } })
  const socket = await client(network)
  const closed = once(socket, 'close')
  socket.send('x'.repeat(1001))
  const [code] = await closed
  assert.equal(code, 1009)
  assert.equal(network.closed[0]?.reason, 'websocket-error')
})

test('text that is not UTF-8 closes the connection with 1007', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  const socket = await client(network)
  const closed = once(socket, 'close')
  socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
  const [code] = await closed
  assert.equal(code, 1007)
  assert.deepEqual(network.messages, [])
})

test('a message in fragments must be complete in ten seconds too (DOS-06)', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  const socket = await client(network)
  socket.send(request)
  await network.until(() => network.messages.length === 1)
  const closed = once(socket, 'close')
  socket.send('OPTIONS ', { fin: false })
  const held = () => network.transports.stats().heldBytes
  while (held() === 0) {
    await new Promise(resolve => setImmediate(resolve))
    network.pass(500)
  }
  for (let second = 0; second < 10; second += 1) network.pass(1_000)
  await closed
  assert.equal(network.closed[0]?.reason, 'slow-message')
})

test('a peer that does not read is closed (R14)', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  const socket = await client(network)
  socket.on('error', () => {})
  await network.until(() => network.opened.length === 1)
  socket.pause()
  const [flow] = network.opened
  let sent = 0
  while (flow?.send('x'.repeat(60_000))) {
    sent += 1
    assert.ok(sent < 1000)
  }
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'send-buffer-full')
})

test('a peer that pings and does not read is closed too (R14)', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'], limits: { maxSendBufferBytes: 1000 } })
  const socket = await client(network)
  socket.on('error', () => {})
  await network.until(() => network.opened.length === 1)
  socket.pause()
  const backlog = () => network.transports.stats().sendBacklogBytes
  while (backlog() === 0) network.opened[0]?.send('x'.repeat(100_000))
  socket.ping('x')
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'send-buffer-full')
})

test('our close says so, and a peer that closes ends the flow', bounded, async () => {
  await using network = await testNetwork({ on: ['ws'] })
  const one = await client(network)
  const two = await client(network)
  await network.until(() => network.opened.length === 2)
  const closed = once(one, 'close')
  network.opened[0]?.close('flow-replaced')
  const [code, reason] = await closed
  assert.deepEqual([code, String(reason)], [1008, 'flow-replaced'])
  two.close()
  await network.until(() => network.closed.length === 2)
  assert.deepEqual(
    network.closed.map(({ reason }) => reason),
    ['flow-replaced', 'peer-closed'],
  )
  assert.equal(network.opened[1]?.send('late'), false)
  while (network.transports.stats().connections > 0) await new Promise(resolve => setImmediate(resolve))
})

test('over TLS the flow is secure (TRN-09)', bounded, async () => {
  const tls = {
    ...authority.options(authority.issue('edge.example')),
    clientCertificates: 'require',
  } as const
  // A browser has no certificate to show: none is asked for here, whatever trunks must bring.
  await using network = await testNetwork({ on: ['wss'], tls })
  const socket = new WebSocket(`wss://127.0.0.1:${network.port('wss')}/`, 'sip', {
    rejectUnauthorized: false,
  })
  await once(socket, 'open')
  socket.send(request)
  await network.until(() => network.messages.length === 1)
  const flow = network.messages[0]?.flow
  assert.deepEqual([flow?.transport, flow?.isSecure], ['wss', true])
  flow?.send('SIP/2.0 200 OK')
  const [bytes] = await once(socket, 'message')
  assert.equal(String(bytes), 'SIP/2.0 200 OK')
  socket.send('OPTIONS', { fin: false })
  const held = () => network.transports.stats().heldBytes
  while (held() === 0) {
    await new Promise(resolve => setImmediate(resolve))
    network.pass(100)
  }
})
