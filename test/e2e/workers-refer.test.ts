import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, describe, it } from 'node:test'
import { writeMultipart } from '../../src/mechanisms/smime/multipart.ts'
import { makeReferToken, signingIdentity } from '../../src/server/smime/refer-token.ts'
import { aspis } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import { askProved, uaOn } from '../support/raw-ua.ts'
import { type SipPeer, statusOf, udpPeer } from '../support/sip-peer.ts'
import { aorOf, peersOfBoth, startWorkersEdge, until, type WorkersEdge } from '../support/workers.ts'

describe('references at two workers', { skip: missing('curl') }, () => {
  let server: WorkersEdge
  const open: SipPeer[] = []
  before(async () => {
    server = await startWorkersEdge(3)
  })
  after(() => server.edge.remove())
  afterEach(() => {
    for (const peer of open.splice(0)) peer.close()
  })

  it('RFB-07: a token that was used at one worker is used at the other', async () => {
    const { folder } = server.edge
    aspis(['cert', 'user', aorOf(0).slice(4), '--out', folder, '-c', join(folder, 'aspis.yaml')])
    const files = { key: join(folder, 'u0@work.test.key'), certificate: join(folder, 'u0@work.test.pem') }
    const identity = signingIdentity(
      readFileSync(files.key, 'utf8'),
      readFileSync(files.certificate, 'utf8'),
      files,
    )
    const reference = { referTo: `<${aorOf(2)}>`, referrer: aorOf(0) }
    const token = makeReferToken(reference, identity, 'one@work.test', Date.now())
    const { contentType, body } = writeMultipart('multipart/mixed', [token.part], 'whole')
    const [[near], [far]] = await peersOfBoth(1, async () => {
      const peer = await udpPeer(server.port)
      open.push(peer)
      return peer
    })
    assert.ok(near && far)
    const call = async (peer: SipPeer): Promise<number> => {
      const lines = [`Referred-By: ${token.referredBy}`]
      const saying = { method: 'INVITE', uri: aorOf(2), from: aorOf(1), lines, body, contentType }
      return statusOf((await askProved(uaOn(peer, 'u1', 'pw'), saying)).response)
    }
    // Nobody is registered: what is let on finds no phone.
    assert.equal(await call(near), 480)
    await until(
      () => server.edge.metric('aspis_references_total{outcome="verified"}') === 1,
      'the first use is counted',
    )
    assert.equal(await call(far), 429)
    assert.equal(await call(near), 429)
    assert.equal(server.edge.metric('aspis_requests_refused_total{reason="token-used"}'), 2)
  })
})
