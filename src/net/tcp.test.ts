import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { options, type TestNetwork, testNetwork } from '../../test/support/transports.ts'

const bounded = { timeout: 10_000 }

async function dialIn(network: TestNetwork, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect(network.port('tcp'), host)
  await once(socket, 'connect')
  return socket
}

async function read(socket: Socket, bytes: number): Promise<string> {
  let text = ''
  while (text.length < bytes) {
    const [chunk]: Buffer[] = await once(socket, 'data')
    text += chunk?.toString('latin1') ?? ''
  }
  return text
}

test('messages of one connection carry one flow, and answers go back by it', bounded, async () => {
  await using network = await testNetwork({
    on: ['tcp'],
    callbacks: { onMessage: (_, flow) => flow.send('yes') },
  })
  const socket = await dialIn(network)
  socket.write(options('1', '\xff\0') + options('2'), 'latin1')
  assert.equal(await read(socket, 6), 'yesyes')
  assert.deepEqual(
    network.messages.map(({ text }) => text),
    [options('1', '\xff\0'), options('2')],
  )
  const [flow] = network.opened
  assert.ok(network.messages.every(message => message.flow === flow))
  assert.equal(flow?.remote.port, socket.localPort)
  assert.deepEqual(
    [flow?.transport, flow?.isReliable, flow?.isSecure, flow?.isProved],
    ['tcp', true, false, true],
  )
  socket.end()
  await network.until(() => network.closed.length === 1)
  assert.deepEqual(network.closed, [{ flow, reason: 'peer-closed' }])
  assert.equal(flow?.send('late'), false)
})

test('a CRLFCRLF is answered with CRLF at once (OUT-09)', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'] })
  const socket = await dialIn(network)
  socket.write('\r\n\r\n')
  assert.equal(await read(socket, 2), '\r\n')
})

test('a broken stream gets the answer of the owner, and is closed (MSG-04)', bounded, async () => {
  const heads: string[] = []
  await using network = await testNetwork({
    on: ['tcp'],
    callbacks: {
      onBroken({ error, status, head }) {
        heads.push(head)
        return `${status} ${error}`
      },
    },
  })
  const socket = await dialIn(network)
  socket.write(`OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n${options('smuggled')}`)
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString()
  })
  await once(socket, 'end')
  assert.equal(text, '400 content-length-missing')
  assert.deepEqual(heads, ['OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n'])
  assert.deepEqual(
    network.closed.map(({ reason }) => reason),
    ['broken:content-length-missing'],
  )
  assert.deepEqual(network.messages, [])
})

test('a message must be complete ten seconds after its first byte (DOS-06)', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'] })
  const socket = await dialIn(network)
  const gone = once(socket, 'close')
  socket.on('error', () => {})
  socket.write(`${options('1')}OPT`)
  await network.until(() => network.messages.length === 1)
  network.pass(9_000)
  assert.equal(network.opened[0]?.isOpen, true)
  network.pass(1_500)
  await gone
  assert.deepEqual(
    network.closed.map(({ reason }) => reason),
    ['slow-message'],
  )
})

test('a first message must come within ten seconds; keep-alives are none (DOS-06)', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'] })
  const socket = await dialIn(network)
  socket.write('\r\n\r\n')
  await read(socket, 2)
  network.pass(10_000)
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'no-first-message')
})

test('silence closes a connection, unless a registration lives on it (DOS-06)', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'] })
  const sockets = [await dialIn(network), await dialIn(network), await dialIn(network)]
  for (const socket of sockets) socket.write(options('1'))
  await network.until(() => network.messages.length === 3)
  const [, kept, pinging] = sockets.map(socket =>
    network.opened.find(flow => flow.remote.port === socket.localPort),
  )
  assert.ok(kept !== undefined && pinging !== undefined)
  network.transports.keepUntil(kept, 1_000_000 + 3_600_000)
  network.pass(400_000)
  sockets[2]?.write('\r\n\r\n')
  assert.ok(sockets[2] !== undefined)
  await once(sockets[2], 'data')
  network.pass(300_000)
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'idle')
  assert.deepEqual([kept.isOpen, pinging.isOpen], [true, true])
  network.pass(3_000_000)
  await network.until(() => network.closed.length === 3)
})

test(
  'connections are capped by source and in all; a closed one gives its place back (DOS-06)',
  bounded,
  async () => {
    await using network = await testNetwork({
      listen: ['127.0.0.1', '::1'].map(ip => ({ transport: 'tcp', address: { ip, port: 0 } })),
      limits: { maxConnectionsPerSource: 2, maxConnections: 3 },
    })
    const six = network.transports.listeners[1]?.address.port ?? 0
    const first = await dialIn(network)
    await dialIn(network)
    connect(network.port('tcp'), '127.0.0.1').on('error', () => {})
    await network.until(() => network.refused.length === 1)
    connect(six, '::1')
    await network.until(() => network.opened.length === 3)
    connect(six, '::1').on('error', () => {})
    await network.until(() => network.refused.length === 2)
    assert.deepEqual(
      network.refused.map(({ reason }) => reason),
      ['too-many-from-source', 'too-many-connections'],
    )
    first.destroy()
    await network.until(() => network.closed.length === 1)
    await dialIn(network)
    await network.until(() => network.opened.length === 4)
    assert.equal(network.transports.stats().connections, 3)
  },
)

test('a banned source gets a reset', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'], callbacks: { admits: ip => ip !== '127.0.0.1' } })
  const socket = connect(network.port('tcp'), '127.0.0.1')
  const [error] = await once(socket, 'error').catch((caught: unknown) => [caught])
  assert.match(String(error), /ECONNRESET/)
  assert.equal(network.refused[0]?.reason, 'banned')
})

test('a peer that does not read is closed when 256 KiB wait for it (R14)', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'] })
  const socket = await dialIn(network)
  socket.on('error', () => {})
  socket.write(options('1'))
  await network.until(() => network.messages.length === 1)
  socket.pause()
  const [flow] = network.opened
  const large = options('2', 'b'.repeat(60_000))
  let most = 0
  let sent = 0
  while (flow?.send(large)) {
    most = Math.max(most, network.transports.stats().sendBacklogBytes)
    sent += 1
    assert.ok(sent < 1000)
  }
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'send-buffer-full')
  assert.ok(most > 0 && most <= 256 * 1024, `${most}`)
  assert.equal(network.transports.stats().sendBacklogBytes, 0)
})

test('over the total of all buffers the largest backlog pays', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'], limits: { maxSendBuffersBytes: 100_000 } })
  const sockets = [await dialIn(network), await dialIn(network)]
  for (const socket of sockets) {
    socket.on('error', () => {}).pause()
    socket.write(options('1'))
  }
  await network.until(() => network.messages.length === 2)
  const [guilty, other] = network.opened
  assert.ok(guilty !== undefined && other !== undefined)
  while (guilty.send(options('x', 'b'.repeat(20_000))));
  await network.until(() => network.closed.length === 1)
  assert.deepEqual(network.closed[0], { flow: guilty, reason: 'send-buffers-full' })
  assert.equal(other.send(options('y')), true)
})

test('a peer that stops reading is closed after thirty seconds without a byte taken', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'] })
  const socket = await dialIn(network)
  socket.on('error', () => {}).pause()
  socket.write(options('1'))
  await network.until(() => network.messages.length === 1)
  const [flow] = network.opened
  assert.ok(flow !== undefined)
  while (network.transports.stats().sendBacklogBytes === 0) flow.send(options('x', 'b'.repeat(100_000)))
  network.pass(30_000)
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'slow-reader')
})

test('incomplete messages are bounded over all connections; the largest holder pays', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp'], limits: { maxReceiveBuffersBytes: 40_000 } })
  const [small, large] = [await dialIn(network), await dialIn(network)]
  small?.write('OPT')
  large?.on('error', () => {}).write(`OPTIONS sip:a SIP/2.0\r\nl: 90000\r\n\r\n${'b'.repeat(60_000)}`)
  await network.until(() => network.closed.length === 1)
  assert.equal(network.closed[0]?.reason, 'receive-buffers-full')
  assert.equal(network.closed[0]?.flow.remote.port, large?.localPort)
  assert.ok(network.transports.stats().heldBytes < 40_000)
})

test('one connection is opened to a hop, and messages keep their order', bounded, async () => {
  await using far = await testNetwork({ on: ['tcp'] })
  await using near = await testNetwork()
  const hop = { transport: 'tcp', ip: '127.0.0.1', port: far.port('tcp'), host: 'b.example' } as const
  const sent = [options('1'), options('2'), options('3')].map(text => near.transports.send(hop, text))
  assert.ok(sent.every(one => one instanceof Promise))
  const results = await Promise.all(sent)
  assert.ok(results.every(result => result.ok && result.value === near.opened[0]))
  await far.until(() => far.messages.length === 3)
  const again = near.transports.send({ ...hop, host: 'other.example' }, options('4'))
  assert.ok(
    !(again instanceof Promise) && again.ok,
    'an open TCP connection is used at once, whatever the name',
  )
  await far.until(() => far.messages.length === 4)
  assert.deepEqual(
    far.messages.map(({ text }) => text),
    ['1', '2', '3', '4'].map(callId => options(callId)),
  )
  assert.equal(far.opened.length, 1)
  far.messages[0]?.flow.send(options('back'))
  await near.until(() => near.messages.length === 1)
  near.opened[0]?.close('enough')
  await far.until(() => far.closed.length === 1)
  const fresh = await near.transports.connect(hop)
  assert.ok(fresh.ok && fresh.value !== near.opened[0])
})

test('a hop with a flow goes by that flow and by no other', bounded, async () => {
  await using far = await testNetwork({ on: ['tcp'] })
  await using near = await testNetwork()
  const hop = { transport: 'tcp', ip: '127.0.0.1', port: far.port('tcp'), host: '127.0.0.1' } as const
  const opened = await near.transports.connect(hop)
  assert.ok(opened.ok)
  const flow = opened.value
  assert.deepEqual(near.transports.send({ ...hop, flow }, options('1')), opened)
  flow.close('test')
  const late = near.transports.send({ ...hop, flow }, options('2'))
  assert.ok(!(late instanceof Promise) && !late.ok)
  assert.equal(late.error.failure, 'flow-closed')
})

test('what cannot be connected is told by name', bounded, async () => {
  await using near = await testNetwork({ limits: { maxWaitingPerConnection: 2 } })
  const closedPort = createServer().listen(0, '127.0.0.1')
  await once(closedPort, 'listening')
  const bound = closedPort.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  closedPort.close()
  await once(closedPort, 'close')
  const hop = { transport: 'tcp', ip: '127.0.0.1', port, host: '127.0.0.1' } as const
  const results = await Promise.all([1, 2, 3].map(() => near.transports.send(hop, options('1'))))
  assert.deepEqual(
    results.map(result => (result.ok ? 'sent' : result.error.failure)),
    ['connection-refused', 'connection-refused', 'too-many-waiting'],
  )
  const webSocket = await near.transports.connect({ ...hop, transport: 'ws' })
  assert.equal(webSocket.ok ? '' : webSocket.error.failure, 'transport-unsupported')
  const tls = await near.transports.connect({ ...hop, transport: 'tls' })
  assert.equal(tls.ok ? '' : tls.error.failure, 'transport-unsupported')
  assert.equal(near.transports.stats().connections, 0)
})

test('a port or address that is none is unreachable, on every transport', bounded, async () => {
  await using near = await testNetwork({ on: ['udp'] })
  for (const transport of ['udp', 'tcp'] as const) {
    for (const [ip, port] of [
      ['127.0.0.1', 0],
      ['127.0.0.1', 65_536],
      ['localhost', 5060],
    ] as const) {
      const sent = await near.transports.send({ transport, ip, port, host: ip }, options('1'))
      assert.equal(sent.ok ? '' : sent.error.failure, 'unreachable')
      const opened = await near.transports.connect({ transport, ip, port, host: ip })
      assert.equal(opened.ok ? '' : opened.error.failure, 'unreachable')
    }
  }
})

test('a connection that does not open in five seconds is given up', bounded, async () => {
  await using near = await testNetwork()
  // 192.0.2.0/24 is for documentation: whatever answers, the time is over first.
  const attempt = near.transports.connect({ transport: 'tcp', ip: '192.0.2.99', port: 9, host: 'x' })
  near.pass(5_000)
  const result = await attempt
  assert.equal(result.ok ? '' : result.error.failure, 'connection-timeout')
})

test('IPv6 is one more address (loopback)', bounded, async () => {
  await using far = await testNetwork({ listen: [{ transport: 'tcp', address: { ip: '::1', port: 0 } }] })
  await using near = await testNetwork()
  const hop = { transport: 'tcp', ip: '::1', port: far.port('tcp'), host: '::1' } as const
  assert.ok((await near.transports.send(hop, options('1'))).ok)
  await far.until(() => far.messages.length === 1)
  assert.deepEqual(far.messages[0]?.flow.local, { ip: '::1', port: far.port('tcp') })
})

test('a port in use is an error that names transport and address; nothing stays open', bounded, async () => {
  await using network = await testNetwork({ on: ['tcp', 'udp'] })
  for (const transport of ['tcp', 'udp'] as const) {
    const address = { ip: '127.0.0.1', port: network.port(transport) }
    await assert.rejects(testNetwork({ listen: [{ transport, address }] }), {
      code: 'ERR_ASPIS_PORT_IN_USE',
      message: `${transport}://127.0.0.1:${address.port}: another process has this port`,
    })
  }
})

test('close delivers what was written, and ends every connection', bounded, async () => {
  const network = await testNetwork({ on: ['tcp'] })
  const socket = await dialIn(network)
  socket.write(options('1'))
  await network.until(() => network.messages.length === 1)
  network.opened[0]?.send('the last word')
  const ended = once(socket, 'end')
  const text = read(socket, 13)
  await network.transports.close()
  assert.equal(await text, 'the last word')
  await ended
  assert.deepEqual(
    network.closed.map(({ reason }) => reason),
    ['shutdown'],
  )
  assert.equal(network.transports.stats().connections, 0)
})
