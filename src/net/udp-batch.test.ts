import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { datagramPeer } from '../../test/support/datagram-peer.ts'
import { nativeDatagrams, withoutNative } from '../../test/support/datagrams.ts'
import { fuzzNative } from '../../test/support/native-fuzz.ts'
import { testNetwork } from '../../test/support/transports.ts'
import {
  CONTROL_WORDS,
  IS_IN_TURN,
  OVERFLOWS,
  RECEIVE_BUFFER_BYTES,
  SEND_BYTES,
  SEND_COUNT,
  SEND_SLOTS,
  TICKS,
  TOTAL_BYTES,
} from './batch-layout.ts'
import { BatchSocket } from './udp-batch.ts'
import type { NativeDatagrams, NativeSocket } from './udp-native.ts'

const bounded = { timeout: 30_000 }
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const afterMs = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

interface OpenOptions {
  readonly bufferBytes?: number
  readonly gatherMicroseconds?: number
  readonly onTurn?: (datagrams: number) => void
}

/** A socket of the native half alone, closed when the test is over. */
function openNative(options: OpenOptions) {
  const native = nativeDatagrams()
  const { bufferBytes = 1_000_000, gatherMicroseconds = 0, onTurn = () => {} } = options
  const socket = native.open('127.0.0.1', 0, false, bufferBytes, gatherMicroseconds, onTurn)
  return {
    socket,
    port: socket.port,
    control: new Int32Array(socket.memory, 0, CONTROL_WORDS),
    [Symbol.dispose]: () => native.close(socket),
  }
}

describe('datagrams in batches', { skip: withoutNative }, () => {
  for (const [any, one, other] of [
    ['0.0.0.0', '127.0.0.1', '127.0.0.2'],
    ['::', '::1', '::1'],
  ] as const) {
    test(`an answer leaves by the address that was asked, on ${any}`, bounded, async () => {
      await using network = await testNetwork({
        datagrams: 'native',
        listen: [{ transport: 'udp', address: { ip: any, port: 0 } }],
        callbacks: { onMessage: (text, flow) => flow.send(text) },
      })
      await using socket = await datagramPeer(any)
      for (const asked of [one, other, one]) {
        const answer = once(socket, 'message')
        socket.send('OPTIONS', network.port('udp'), asked)
        const [, from] = await answer
        assert.equal(from.address, asked)
      }
      const [first, second, third] = network.messages.map(({ flow }) => flow)
      assert.equal(first, third)
      assert.equal(first === second, one === other)
    })
  }

  for (const ip of ['127.0.0.1', '::1']) {
    test(`a port that nobody listens on is told as unreachable, over ${ip}`, bounded, async () => {
      await using network = await testNetwork({
        datagrams: 'native',
        listen: [{ transport: 'udp', address: { ip, port: 0 } }],
      })
      const closed = await datagramPeer(ip)
      const { port } = closed.address()
      await closed[Symbol.asyncDispose]()
      await using open = await datagramPeer(ip)
      const came = once(open, 'message')
      const hop = { transport: 'udp', ip, host: ip } as const
      network.transports.send({ ...hop, port }, 'OPTIONS')
      await network.until(() => network.unreachable.length === 1)
      assert.deepEqual(network.unreachable, [`${ip}:${port} ECONNREFUSED`])
      // The answer of the network harms nobody else's datagram.
      network.transports.send({ ...hop, port }, 'OPTIONS')
      network.transports.send({ ...hop, port: open.address().port }, 'INVITE')
      const [bytes] = await came
      assert.equal(String(bytes), 'INVITE')
    })
  }

  test('what the receive queue could not hold is counted', bounded, async () => {
    using small = openNative({ bufferBytes: 4096 })
    const sender = new BatchSocket(
      nativeDatagrams(),
      { ip: '127.0.0.1', port: 0 },
      { callbacks: { onMessage() {} }, gatherMicroseconds: 0 },
    )
    await sender.start()
    const flow = sender.flowTo('127.0.0.1', small.port)
    // A full send buffer goes out at once, and within this turn nobody reads.
    for (let count = 0; count <= SEND_SLOTS; count += 1) flow.send('x'.repeat(1000))
    nativeDatagrams().measure(small.socket)
    assert.ok((small.control[OVERFLOWS] ?? 0) > 100)
    assert.ok((small.control[RECEIVE_BUFFER_BYTES] ?? 0) > 0)
    await sender.stop()
  })

  test('what is too much for system and send buffer is refused and counted', bounded, async () => {
    const slow = new SlowNative()
    const socket = new BatchSocket(
      slow,
      { ip: '127.0.0.1', port: 0 },
      { callbacks: { onMessage() {} }, gatherMicroseconds: 0 },
    )
    await socket.start()
    const flow = socket.flowTo('127.0.0.1', 9)
    for (let count = 0; count < SEND_SLOTS; count += 1) assert.equal(flow.send('OPTIONS'), true)
    assert.equal(flow.send('OPTIONS'), false)
    assert.equal(socket.counts.dropped, 1)
    const large = 'x'.repeat(60_000)
    slow.isTaking = true
    assert.equal(flow.send(large), true)
    slow.isTaking = false
    let taken = 1
    while (flow.send(large)) taken += 1
    assert.equal(taken, Math.floor(SEND_BYTES / large.length))
    assert.equal(socket.counts.dropped, 2)
    await socket.stop()
  })

  test('no clock runs while it is quiet; it runs while datagrams come fast, and stops', bounded, async () => {
    let came = 0
    using listener = openNative({
      gatherMicroseconds: 500,
      onTurn: datagrams => {
        came += datagrams
      },
    })
    const { control, port } = listener
    await using peer = await datagramPeer()
    const send = (): void => peer.send('OPTIONS', port, '127.0.0.1')
    for (let count = 0; count < 5; count += 1) {
      send()
      await afterMs(10)
    }
    while (came < 5) await turn()
    assert.equal(control[TICKS], 0)
    // A few in each turn, however long a turn takes on this machine.
    while ((control[TICKS] ?? 0) < 20) {
      for (let count = 0; count < 5; count += 1) send()
      await turn()
    }
    while (true) {
      const ticks: number = control[TICKS] ?? 0
      await afterMs(50)
      if (control[TICKS] === ticks) break
    }
    const before = came
    send()
    while (came === before) await turn()
  })

  test('what a turn and its promises leave in the send buffer goes out with it', bounded, async () => {
    const seen: (number | undefined)[] = []
    await using network = await testNetwork({
      datagrams: 'native',
      on: ['udp'],
      callbacks: {
        onMessage: (text, flow) => {
          void Promise.resolve().then(() => flow.send(text))
        },
      },
    })
    await using peer = await datagramPeer()
    const answer = once(peer, 'message')
    peer.send('OPTIONS', network.port('udp'), '127.0.0.1')
    assert.equal(String((await answer)[0]), 'OPTIONS')
    using listener = openNative({ onTurn: () => seen.push(listener.control[IS_IN_TURN]) })
    peer.send('OPTIONS', listener.port, '127.0.0.1')
    while (seen.length === 0) await turn()
    assert.deepEqual([seen, listener.control[IS_IN_TURN]], [[1], 0])
  })

  test('what a batch throws is an uncaught exception, and the next batch comes', bounded, async () => {
    let calls = 0
    using listener = openNative({
      onTurn: () => {
        calls += 1
        if (calls === 1) throw new Error('of the test')
      },
    })
    await using sender = await datagramPeer()
    const uncaught = new Promise<Error>(resolve => {
      process.setUncaughtExceptionCaptureCallback(resolve)
    })
    sender.send('OPTIONS', listener.port, '127.0.0.1')
    assert.equal((await uncaught).message, 'of the test')
    process.setUncaughtExceptionCaptureCallback(null)
    sender.send('OPTIONS', listener.port, '127.0.0.1')
    while (calls < 2) await turn()
  })

  test('a thread that is ended with open sockets takes them along', bounded, async () => {
    for (let round = 0; round < 3; round += 1) {
      const thread = new Worker(new URL('../../test/support/native-thread.ts', import.meta.url))
      await once(thread, 'message')
      assert.equal(await thread.terminate(), 1)
    }
  })

  test('no misuse of the native functions harms the process', bounded, async () => {
    const { calls, thrown } = await fuzzNative(nativeDatagrams(), { rounds: 150, seed: 1 })
    assert.ok(calls > 200)
    assert.ok(thrown > 100)
  })
})

/** The native half of a machine that takes nothing, until it does. */
class SlowNative implements NativeDatagrams {
  readonly version = 1
  isTaking = false
  readonly #memory = new ArrayBuffer(TOTAL_BYTES)

  open(): NativeSocket {
    return { memory: this.#memory, port: 5060 }
  }

  flush(): void {
    if (this.isTaking) new Int32Array(this.#memory, 0, CONTROL_WORDS).fill(0, SEND_COUNT, SEND_COUNT + 2)
  }

  measure(): void {}

  steer(): boolean {
    return false
  }

  close(): void {}
}
