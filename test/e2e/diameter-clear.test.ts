import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { capabilitiesRequest, resultOf } from '../../src/audit/diameter.ts'
import { startEdgeProcess } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import { freePorts } from '../support/sip-peer.ts'

const PEER = 'server.aaa.test'

/** What the server answers to the CER of a peer; 0 when it closes without a word. */
async function greet(port: number, localAddress: string): Promise<number> {
  const socket = connect({ host: '127.0.0.1', port, localAddress })
  socket.on('error', () => {})
  socket.write(capabilitiesRequest(PEER, 'aaa.test'))
  const came: Buffer[] = []
  socket.on('data', (octets: Buffer) => came.push(octets))
  await Promise.race([once(socket, 'data'), once(socket, 'close')])
  socket.destroy()
  return resultOf(Buffer.concat(came)) ?? 0
}

describe('Diameter in the clear', { skip: missing('curl'), timeout: 60_000 }, () => {
  it('a peer is who comes from its address, whatever name somebody else says (DIA-01)', async () => {
    const [sip = 0, admin = 0, listen = 0, nobody = 0] = await freePorts(4)
    const peer = `{host: ${PEER}, address: "127.0.0.1:${nobody}"}`
    const edge = await startEdgeProcess({
      domain: 'example.test',
      adminPort: admin,
      yaml: [
        'domains: [example.test]',
        `listen: ["udp://127.0.0.1:${sip}"]`,
        'aaa:',
        '  sources: [local]',
        `  diameter: {identity: edge.aaa.test, listen: "127.0.0.1:${listen}", peers: [${peer}]}`,
      ].join('\n'),
    })
    try {
      assert.equal(await greet(listen, '127.0.0.2'), 0)
      assert.equal(await greet(listen, '127.0.0.1'), 2001)
    } finally {
      await edge.remove()
    }
  })
})
