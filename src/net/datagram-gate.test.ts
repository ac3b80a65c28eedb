import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { datagramPeer } from '../../test/support/datagram-peer.ts'
import { datagramWays } from '../../test/support/datagrams.ts'
import { testNetwork } from '../../test/support/transports.ts'
import { PORT } from './batch-layout.ts'
import type { DatagramFlow, DatagramGate } from './datagram-gate.ts'

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const bounded = { timeout: 30_000 }

/** A gate that is told what to do, and remembers what it saw. */
class TestGate implements DatagramGate {
  isOpen = true
  isShut = false
  readonly shown: { port: number; text: string; flow: DatagramFlow | undefined }[] = []
  readonly provedPorts: number[] = []

  opens(): boolean {
    return !this.isOpen
  }

  admits(...[words, at, flow, octets, start, length]: Parameters<DatagramGate['admits']>): boolean {
    const text = Buffer.from(octets.subarray(start, start + length)).toString('latin1')
    this.shown.push({ port: words[at + PORT] ?? 0, text, flow })
    return !this.isShut
  }

  proved(words: Int32Array, at: number): void {
    this.provedPorts.push(words[at + PORT] ?? 0)
  }
}

for (const { by, skip } of datagramWays) {
  describe(`the gate before datagrams by ${by}`, { skip }, () => {
    test('it is shown nothing while it is open, and what it shuts out is not told', bounded, async () => {
      const gate = new TestGate()
      await using network = await testNetwork({ datagrams: by, on: ['udp'], callbacks: { gate } })
      await using socket = await datagramPeer()
      const send = (text: string): void => socket.send(text, network.port('udp'), '127.0.0.1')
      const refused = (): number => network.transports.stats().datagrams[0]?.refused ?? 0
      send('OPTIONS open')
      await network.until(() => network.messages.length === 1)
      assert.equal(gate.shown.length, 0)
      gate.isOpen = false
      gate.isShut = true
      send('OPTIONS shut')
      while (refused() === 0) await turn()
      gate.isShut = false
      send('OPTIONS let in')
      await network.until(() => network.messages.length === 2)
      assert.deepEqual(
        network.messages.map(({ text }) => text),
        ['OPTIONS open', 'OPTIONS let in'],
      )
      assert.deepEqual(
        gate.shown.map(({ port, text }) => [port, text]),
        ['OPTIONS shut', 'OPTIONS let in'].map(text => [socket.address().port, text]),
      )
    })

    test('it knows who proved to receive, and whom a request of ours went to', bounded, async () => {
      const gate = new TestGate()
      gate.isOpen = false
      await using network = await testNetwork({ datagrams: by, on: ['udp'], callbacks: { gate } })
      await using socket = await datagramPeer()
      const { port } = socket.address()
      const strangers = (): number | undefined => network.transports.stats().datagrams[0]?.strangers
      socket.send('OPTIONS first', network.port('udp'), '127.0.0.1')
      await network.until(() => network.messages.length === 1)
      const [{ flow } = {}] = network.messages
      assert.equal(gate.shown[0]?.flow, undefined)
      assert.equal(strangers(), 1)
      const answered = once(socket, 'message')
      flow?.send('SIP/2.0 200 OK')
      await answered
      socket.send('SIP/2.0 200 unasked', network.port('udp'), '127.0.0.1')
      await network.until(() => network.messages.length === 2)
      assert.equal(gate.shown[1]?.flow?.isAsked, false)
      const asked = once(socket, 'message')
      flow?.send('OPTIONS sip:you SIP/2.0')
      await asked
      socket.send('SIP/2.0 200 asked', network.port('udp'), '127.0.0.1')
      await network.until(() => network.messages.length === 3)
      assert.equal(gate.shown[2]?.flow?.isAsked, true)
      assert.equal(strangers(), 2)
      assert.ok(flow)
      flow.isProved = true
      assert.deepEqual(gate.provedPorts, [port])
    })
  })
}
