import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { datagramPeer as peer } from '../../test/support/datagram-peer.ts'
import { datagramWays } from '../../test/support/datagrams.ts'
import { testNetwork } from '../../test/support/transports.ts'
import { answerBinding } from '../sip/transport/stun.ts'
import { chooseDatagrams } from './datagram-choice.ts'

const bounded = { timeout: 10_000 }

for (const { by, skip } of datagramWays) {
  describe(`datagrams by ${by}`, { skip }, () => {
    test('a datagram is one latin-1 text, and its flow leads back', bounded, async () => {
      await using network = await testNetwork({
        datagrams: by,
        on: ['udp'],
        callbacks: { onMessage: (text, flow) => flow.send(`${text}\xfe`) },
      })
      await using socket = await peer()
      const answer = once(socket, 'message')
      socket.send(Buffer.from('OPTIONS \xff\0', 'latin1'), network.port('udp'), '127.0.0.1')
      const [bytes, from] = await answer
      assert.deepEqual(bytes, Buffer.from('OPTIONS \xff\0\xfe', 'latin1'))
      assert.equal(from.port, network.port('udp'))
      const flow = network.messages[0]?.flow
      assert.deepEqual(flow?.remote, { ip: '127.0.0.1', port: socket.address().port })
      assert.deepEqual(flow?.local, { ip: '127.0.0.1', port: network.port('udp') })
      assert.deepEqual(
        [flow?.isReliable, flow?.isSecure, flow?.isOpen, flow?.isProved],
        [false, false, true, false],
      )
    })

    test('the same remote address is the same flow, for what comes and what goes', bounded, async () => {
      await using network = await testNetwork({ datagrams: by, on: ['udp'] })
      await using one = await peer()
      await using two = await peer()
      for (const socket of [one, two, one]) {
        const before = network.messages.length
        socket.send('OPTIONS', network.port('udp'), '127.0.0.1')
        await network.until(() => network.messages.length > before)
      }
      const [first, second, third] = network.messages.map(({ flow }) => flow)
      assert.equal(first, third)
      assert.notEqual(first, second)
      const hop = { transport: 'udp', ip: '127.0.0.1', port: one.address().port, host: 'x' } as const
      const sent = network.transports.send(hop, 'INVITE')
      assert.ok(!(sent instanceof Promise) && sent.ok && sent.value === first)
    })

    test(
      'a STUN Binding request on the SIP port is answered, and is no message (OUT-09)',
      bounded,
      async () => {
        await using network = await testNetwork({
          datagrams: by,
          on: ['udp'],
          callbacks: { onStun: (bytes, flow) => answerBinding(bytes, flow.remote) },
        })
        await using socket = await peer()
        const answer = once(socket, 'message')
        const request = Buffer.concat([Buffer.from('000100002112a442', 'hex'), Buffer.alloc(12, 7)])
        socket.send(request, network.port('udp'), '127.0.0.1')
        const [bytes] = await answer
        assert.equal(bytes.readUInt16BE(0), 0x0101)
        assert.equal(bytes.readUInt16BE(26) ^ 0x2112, socket.address().port)
        assert.deepEqual(network.messages, [])
      },
    )

    test('short datagrams and banned sources cost no flow', bounded, async () => {
      let isBanned = false
      await using network = await testNetwork({
        datagrams: by,
        on: ['udp'],
        callbacks: { admits: () => !isBanned },
      })
      await using socket = await peer()
      const port = network.port('udp')
      for (const text of ['', '\0', '\r\n\r\n']) socket.send(text, port, '127.0.0.1')
      const counts = () => network.transports.stats().datagrams[0]
      while (counts()?.received !== 3) await new Promise(resolve => setImmediate(resolve))
      assert.deepEqual([counts()?.keepAlives, counts()?.flows], [3, 0])
      isBanned = true
      socket.send('OPTIONS', port, '127.0.0.1')
      while (counts()?.received !== 4) await new Promise(resolve => setImmediate(resolve))
      assert.deepEqual([counts()?.refused, counts()?.flows], [1, 0])
      assert.deepEqual(network.messages, [])
    })

    test('the end of a batch is told once for what came together', bounded, async () => {
      let ends = 0
      const atEnd: number[] = []
      await using network = await testNetwork({
        datagrams: by,
        on: ['udp'],
        callbacks: {
          onBatchEnd: () => {
            ends += 1
            atEnd.push(network.messages.length)
          },
        },
      })
      await using socket = await peer()
      for (let count = 0; count < 5; count += 1) socket.send('OPTIONS', network.port('udp'), '127.0.0.1')
      await network.until(() => network.messages.length === 5)
      while (atEnd.at(-1) !== 5) await new Promise(resolve => setImmediate(resolve))
      assert.ok(ends >= 1 && ends <= 5)
    })

    test(
      'datagrams leave at the end of the turn, in order, and before the socket closes',
      bounded,
      async () => {
        const { make } = chooseDatagrams(by, 500)
        const socket = make({ ip: '127.0.0.1', port: 0 }, { callbacks: { onMessage() {} } })
        await socket.start()
        await using receiver = await peer()
        const { port } = receiver.address()
        // More than one turn gathers.
        const sent = Array.from({ length: 150 }, (_, n) => `OPTIONS ${n}`)
        const texts: string[] = []
        const all = new Promise<void>(resolve => {
          receiver.on('message', bytes => {
            texts.push(bytes.toString('latin1'))
            if (texts.length === sent.length) resolve()
          })
        })
        for (const text of sent) assert.ok(socket.flowTo('127.0.0.1', port).send(text))
        await socket.stop()
        assert.ok(!socket.flowTo('127.0.0.1', port).send('late'))
        await all
        assert.deepEqual(texts, sent)
      },
    )

    test('loopback is left by the loopback listener, and IPv6 by an IPv6 one', bounded, async () => {
      await using network = await testNetwork({
        datagrams: by,
        listen: ['0.0.0.0', '127.0.0.1', '::1'].map(ip => ({ transport: 'udp', address: { ip, port: 0 } })),
      })
      await using four = await peer()
      await using six = await peer('::1')
      const [any, loopback, loopback6] = network.transports.listeners
      for (const [socket, ip, listener] of [
        [four, '127.0.0.1', loopback],
        [six, '::1', loopback6],
      ] as const) {
        const came = once(socket, 'message')
        network.transports.send({ transport: 'udp', ip, port: socket.address().port, host: ip }, 'OPTIONS')
        const [, from] = await came
        assert.equal(from.port, listener?.address.port)
        assert.deepEqual(network.transports.listenerFor('udp', ip), listener)
      }
      assert.deepEqual(network.transports.listenerFor('udp', '198.51.100.1'), any)
      assert.equal(network.transports.listenerFor('udp', '2001:db8::1'), undefined)
      const nowhere = network.transports.send(
        { transport: 'udp', ip: '2001:db8::1', port: 1, host: 'x' },
        'OPTIONS',
      )
      assert.ok(!(nowhere instanceof Promise) && !nowhere.ok)
      assert.equal(nowhere.error.failure, 'no-listener')
    })

    test('a response leaves by the address that its request came in on (RFC 3581 §4)', bounded, async () => {
      await using network = await testNetwork({
        datagrams: by,
        listen: [1, 2].map(() => ({ transport: 'udp', address: { ip: '127.0.0.1', port: 0 } })),
      })
      await using asking = await peer()
      await using other = await peer()
      const second = network.transports.listeners[1]?.address.port ?? 0
      asking.send('OPTIONS', second, '127.0.0.1')
      await network.until(() => network.messages.length === 1)
      const came = once(other, 'message')
      const hop = { transport: 'udp', ip: '127.0.0.1', port: other.address().port, host: 'x' } as const
      network.transports.send(hop, 'SIP/2.0 200 OK', network.messages[0]?.flow)
      const [, from] = await came
      assert.equal(from.port, second)
    })

    test(
      'what the system refuses to send is told with its destination; what is too large at once',
      bounded,
      async () => {
        await using network = await testNetwork({ datagrams: by, on: ['udp'] })
        // From a loopback address nothing leaves the machine, and port 0 is none.
        const flow = network.transports.send(
          { transport: 'udp', ip: '255.255.255.255', port: 9, host: 'x' },
          'OPTIONS',
        )
        assert.ok(!(flow instanceof Promise) && !flow.ok)
        await using any = await testNetwork({
          datagrams: by,
          listen: [{ transport: 'udp', address: { ip: '0.0.0.0', port: 0 } }],
        })
        any.transports.send({ transport: 'udp', ip: '255.255.255.255', port: 9, host: 'x' }, 'OPTIONS')
        await any.until(() => any.unreachable.length === 1)
        assert.deepEqual(any.unreachable, ['255.255.255.255:9 EACCES'])
        const large = any.transports.send(
          { transport: 'udp', ip: '127.0.0.1', port: 9, host: 'x' },
          'x'.repeat(65_508),
        )
        assert.ok(!(large instanceof Promise) && !large.ok)
        assert.equal(large.error.failure, 'message-too-large')
      },
    )

    test('our own listeners are known, by every address of this machine (TRN-05)', bounded, async () => {
      await using network = await testNetwork({
        datagrams: by,
        listen: [{ transport: 'udp', address: { ip: '0.0.0.0', port: 0 } }],
      })
      const port = network.port('udp')
      const { transports } = network
      assert.equal(transports.isOwn('udp', { ip: '127.0.0.1', port }), true)
      assert.equal(transports.isOwn('udp', { ip: '0.0.0.0', port }), true)
      assert.equal(transports.isOwn('tcp', { ip: '127.0.0.1', port }), false)
      assert.equal(transports.isOwn('udp', { ip: '198.51.100.1', port }), false)
    })
  })
}
