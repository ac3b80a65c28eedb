import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { startEdgeProcess } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import { ask, freePorts, statusOf, udpPeer } from '../support/sip-peer.ts'
import { registerOf } from '../support/sip-requests.ts'

const DOMAIN = 'flood.test'
const ALICE = `sip:alice@${DOMAIN}`
const CONNECTIONS = 400

describe('more connections than files may be open', {
  skip: missing('curl', 'prlimit'),
  timeout: 60_000,
}, () => {
  it('DOS-06: strangers take no file that the database needs; registrations over UDP go on', async () => {
    const [port = 0, adminPort = 0] = await freePorts(2)
    const edge = await startEdgeProcess({
      yaml: [
        `domains: [${DOMAIN}]`,
        `listen: [udp://127.0.0.1:${port}, tcp://127.0.0.1:${port}]`,
        'log: { format: json }',
        'insecure:',
        '  - {allow: unauthenticated-requests, methods: [REGISTER], because: a test of connections}',
      ].join('\n'),
      domain: DOMAIN,
      users: [{ name: 'alice', password: 'alice-password-9' }],
      adminPort,
      wrapper: ['prlimit', '--nofile=160:160'],
    })
    const sockets: Socket[] = []
    try {
      for (let i = 0; i < CONNECTIONS; i++) sockets.push(await opened(port))
      assert.match(edge.output(), /"connections-limited"/)
      const peer = await udpPeer(port)
      for (let i = 0; i < 20; i++) {
        const contact = `<sip:alice@${peer.host}>;expires=${600 + i}`
        const answer = await ask(peer, registerOf(peer, ALICE, { contact }))
        assert.equal(statusOf(answer), 200, `${answer}\n${edge.output()}`)
      }
      peer.close()
    } finally {
      for (const socket of sockets) socket.destroy()
      await edge.remove()
    }
  })
})

/** A connection that says nothing; whether it is kept is for the server. */
function opened(port: number): Promise<Socket> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    for (const event of ['connect', 'error', 'close']) socket.on(event, () => resolve(socket))
  })
}
