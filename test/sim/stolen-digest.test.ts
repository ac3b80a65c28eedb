import assert from 'node:assert/strict'
import { test } from 'node:test'
import { H } from '../../src/sip/message/header-id.ts'
import type { SipRequest } from '../../src/sip/message/message.ts'
import { writeResponse } from '../../src/sip/message/write.ts'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'

const OURS = 'Digest realm="example.test", nonce="chosen", qop="auth", algorithm=SHA-256'
const OTHERS = 'Digest realm="pbx.other.test", nonce="chosen", qop="auth", algorithm=SHA-256'

function challenging(bob: SimPhone, request: SipRequest, status: 401 | 407, rows: readonly string[]): void {
  const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate'
  const flow = bob.host.udp(5060, { ip: '192.0.2.1', port: 5060 })
  flow.send(writeResponse(request, status, { toTag: 'evil', headers: rows.map(row => [name, row] as const) }))
}

test('C09 C10: a callee that challenges in our realm gets no answer of the caller, in a dialog or not', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const call = alice.call('sip:bob@example.test')
  await sim.run(100)
  assert.deepEqual(call.finals, [200])
  bob.answerTo = () => undefined
  for (const status of [401, 407] as const) {
    for (const rows of [[OURS], [OTHERS, OURS], ['Digest realm="EXAMPLE.test" nonce="x"']]) {
      const inside = call.within('INFO', { authenticates: false })
      const outside = alice.send('MESSAGE', 'sip:bob@example.test')
      await sim.run(100)
      for (const method of ['INFO', 'MESSAGE']) {
        const got = bob.got(method).at(-1)
        assert.ok(got !== undefined)
        challenging(bob, got, status, rows)
      }
      await sim.run(100)
      // Outside she would answer the other realm, as she may.
      for (const asked of rows.includes(OTHERS) ? [inside] : [inside, outside]) {
        assert.equal(asked.final?.status, status)
        const seen = [H.wwwAuthenticate, H.proxyAuthenticate].flatMap(id => asked.final?.headers(id) ?? [])
        assert.deepEqual(seen, rows.includes(OTHERS) ? [OTHERS] : [])
      }
    }
  }
  await sim.runOut()
})

test('C10: an answer to a challenge in our realm leaves with no request; those for others do', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  const bob = new SimPhone(sim, { user: 'bob', ip: '192.0.2.20' })
  await bob.register()
  const call = alice.call('sip:bob@example.test')
  await sim.run(100)
  const answer = (realm: string): string =>
    `Digest username="alice", realm="${realm}", nonce="chosen", uri="sip:x", response="${'a'.repeat(64)}", algorithm=SHA-256`
  for (const field of ['Authorization', 'Proxy-Authorization']) {
    const headers = [
      [field, answer('example.test')],
      [field, answer('pbx.other.test')],
    ] as const
    call.within('INFO', { authenticates: false, headers })
    await sim.run(100)
    const got = bob.got('INFO').at(-1)
    const seen = [H.authorization, H.proxyAuthorization].flatMap(id => got?.headers(id) ?? [])
    assert.deepEqual(seen, [answer('pbx.other.test')])
  }
  await sim.runOut()
})
