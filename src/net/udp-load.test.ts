import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { datagramPeer } from '../../test/support/datagram-peer.ts'
import { datagramWays } from '../../test/support/datagrams.ts'
import { testNetwork } from '../../test/support/transports.ts'
import type { Flow } from '../base/flow.ts'
import { chooseDatagrams } from './datagram-choice.ts'
import { MAX_PAYLOAD_BYTES } from './datagrams.ts'

const bounded = { timeout: 30_000 }
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

for (const { by, skip } of datagramWays) {
  describe(`datagrams by ${by}, many and strange ones`, { skip }, () => {
    for (const ip of ['127.0.0.1', '::1']) {
      test(`the largest datagram comes and goes whole, over ${ip}`, bounded, async () => {
        await using network = await testNetwork({
          datagrams: by,
          listen: [{ transport: 'udp', address: { ip, port: 0 } }],
          callbacks: { onMessage: (text, flow) => flow.send(text) },
        })
        await using socket = await datagramPeer(ip)
        const sent = Buffer.alloc(MAX_PAYLOAD_BYTES, 'the quick brown fox ')
        const answer = once(socket, 'message')
        socket.send(sent, network.port('udp'), ip)
        const [bytes] = await answer
        assert.ok(sent.equals(bytes))
      })
    }

    test('what came in one after another is told in that order, for more than a batch', bounded, async () => {
      await using network = await testNetwork({ datagrams: by, on: ['udp'] })
      await using socket = await datagramPeer()
      const sent = Array.from({ length: 1000 }, (_, number) => `OPTIONS ${number}`)
      for (const [number, text] of sent.entries()) {
        socket.send(text, network.port('udp'), '127.0.0.1')
        // The system's own queue holds a few hundred.
        if (number % 100 === 99) await network.until(() => network.messages.length === number + 1)
      }
      await network.until(() => network.messages.length === sent.length)
      assert.deepEqual(
        network.messages.map(({ text }) => text),
        sent,
      )
    })

    test('a thousand sources are a thousand flows, and each gets its own answer', bounded, async () => {
      await using network = await testNetwork({
        datagrams: by,
        on: ['udp'],
        callbacks: { onMessage: (text, flow) => flow.send(`${text} to ${flow.remote.port}`) },
      })
      const flows = new Set<Flow>()
      for (let round = 0; round < 10; round += 1) {
        await using stack = new AsyncDisposableStack()
        const peers = await Promise.all(
          Array.from({ length: 100 }, async () => stack.use(await datagramPeer())),
        )
        const answers = peers.map(peer => once(peer, 'message'))
        for (const peer of peers) peer.send('OPTIONS', network.port('udp'), '127.0.0.1')
        for (const [index, peer] of peers.entries()) {
          const [bytes] = (await answers[index]) ?? []
          assert.equal(String(bytes), `OPTIONS to ${peer.address().port}`)
        }
        for (const { flow } of network.messages) flows.add(flow)
      }
      // The system may give a port a second time.
      assert.ok(flows.size > 900)
      assert.equal(network.transports.stats().datagrams[0]?.flows, flows.size)
    })

    test('whatever octets come, they are told as they are, or are no message', bounded, async () => {
      await using network = await testNetwork({ datagrams: by, on: ['udp'] })
      await using socket = await datagramPeer()
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async octets => {
          const counts = network.transports.stats().datagrams[0]
          const before = { told: network.messages.length, received: counts?.received ?? 0 }
          socket.send(octets, network.port('udp'), '127.0.0.1')
          while ((network.transports.stats().datagrams[0]?.received ?? 0) === before.received) await turn()
          const isMessage = octets.length > 4 && (octets[0] ?? 0) > 3
          const told = network.messages.slice(before.told).map(({ text }) => text)
          assert.deepEqual(told, isMessage ? [Buffer.from(octets).toString('latin1')] : [])
        }),
        { numRuns: 200 },
      )
    })

    test('a stop in the midst of a batch ends it, and the port serves again', bounded, async () => {
      await using socket = await datagramPeer()
      const { make } = chooseDatagrams(by, 500)
      let port = 0
      for (let round = 0; round < 20; round += 1) {
        const stopped = Promise.withResolvers<void>()
        let told = 0
        const listener = make(
          { ip: '127.0.0.1', port },
          {
            callbacks: {
              onMessage(text, flow) {
                told += 1
                flow.send(text)
                if (told === 5) listener.stop().then(stopped.resolve, stopped.reject)
              },
            },
          },
        )
        await listener.start()
        port = listener.address.port
        for (let count = 0; count < 50; count += 1) socket.send('OPTIONS', port, '127.0.0.1')
        await stopped.promise
        await turn()
        assert.equal(told, 5)
        assert.equal(listener.flowTo('127.0.0.1', 9).send('late'), false)
        await listener.stop()
      }
    })

    test('a port that is taken is said, and one that is shared on purpose is not', bounded, async () => {
      const { make } = chooseDatagrams(by, 500)
      const callbacks = { onMessage() {} }
      const first = make({ ip: '127.0.0.1', port: 0 }, { callbacks, reusePort: true })
      await first.start()
      const alone = make(first.address, { callbacks })
      await assert.rejects(alone.start(), { code: 'ERR_ASPIS_PORT_IN_USE' })
      const second = make(first.address, { callbacks, reusePort: true })
      await second.start()
      await Promise.all([first.stop(), second.stop()])
      const foreign = make({ ip: '192.0.2.1', port: 0 }, { callbacks })
      await assert.rejects(foreign.start(), { code: 'ERR_ASPIS_ADDRESS_UNAVAILABLE' })
    })
  })
}
