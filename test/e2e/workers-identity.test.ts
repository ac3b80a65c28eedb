import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EdgeProcess, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import { ackOf, say, token, uaOn } from '../support/raw-ua.ts'
import { ask, freePorts, statusOf, udpPeer } from '../support/sip-peer.ts'
import { holder, identityValue, startWeb, type WebServer } from '../support/stir.ts'

const NEIGHBOUR_IP = '127.0.0.67'
const NUMBER = '15550100'
const CALLEE = '442079460001'

describe('signed identity at two workers', { skip: missing('curl'), timeout: 60_000 }, () => {
  const root = holder(undefined, { isAuthority: true })
  const signer = holder(root, { numbers: [NUMBER] })
  let edge: EdgeProcess
  let web: WebServer
  let port = 0
  before(async () => {
    const channel = holder(root, { addresses: ['127.0.0.1'] })
    web = await startWeb(channel, '127.0.0.1', (_, response) => response.writeHead(200).end(signer.chain))
    const [own = 0, adminPort = 0] = await freePorts(2)
    port = own
    const folder = testFolder('workers-identity')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'roots.pem'), root.chain)
    edge = await startEdgeProcess({
      folder,
      domain: 'b.test',
      adminPort,
      users: [{ name: `+${CALLEE}`, password: 'pw' }],
      yaml: [
        'domains: [b.test]',
        'workers: 2',
        `listen: [udp://127.0.0.1:${port}]`,
        'log: { format: json }',
        'tls: { ca: roots.pem }',
        'trunks:',
        `  - { name: m, uri: "sip:${NEIGHBOUR_IP}:5060", addresses: [${NEIGHBOUR_IP}], domains: [m.test] }`,
        'insecure:',
        '  - { allow: trunk-without-tls, trunk: m, because: it is a test on loopback }',
        '  - { allow: private-certificates, hosts: [127.0.0.1], because: the web server is on loopback }',
        'identity: { verify: demand, roots: roots.pem }',
      ].join('\n'),
    })
  })
  after(async () => {
    await web?.close()
    await edge?.remove()
  })

  /** The status that a call from a port of its own gets. */
  async function call(identity: string, callId: string): Promise<number> {
    const peer = await udpPeer(port, NEIGHBOUR_IP)
    const neighbour = { ...uaOn(peer, 'm'), aor: `sip:+${NUMBER}@m.test` }
    const lines = [`Identity: ${identity}`]
    const saying = { method: 'INVITE', uri: `sip:+${CALLEE}@b.test`, lines, callId }
    try {
      const response = await ask(peer, say(neighbour, saying))
      peer.send(ackOf(neighbour, saying, response))
      return statusOf(response)
    } finally {
      peer.close()
    }
  }

  it('STV-07: a token that was used at one worker is used at the other', async () => {
    const x5u = `https://127.0.0.1:${web.port}/signer.pem`
    const fresh = () => identityValue({ x5u, orig: { tn: NUMBER }, dest: { tn: [CALLEE] }, key: signer.key })
    // Nobody is registered: what is let on finds no phone. Ports enough that both workers have some.
    const honest = await Promise.all(Array.from({ length: 12 }, () => call(fresh(), token())))
    assert.deepEqual([...new Set(honest)], [480])
    const used = fresh()
    assert.equal(await call(used, token()), 480)
    // Workers tell one another at once, but not before they answer: of a slow machine the first few may pass.
    let refused = 0
    for (let times = 0; times < 60 && refused < 12; times += 1)
      refused = (await call(used, token())) === 438 ? refused + 1 : 0
    assert.equal(refused, 12)
    assert.ok(edge.metric('aspis_identity_judged_total{outcome="replayed"}') >= 12)
  })
})
