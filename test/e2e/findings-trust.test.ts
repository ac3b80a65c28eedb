/**
 * What a caller says of himself beyond From: nobody outside the trust domain is believed, and the callee never sees
 * it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type FindingsEdge, startFindingsEdge } from '../support/findings-edge.ts'
import { missing } from '../support/programs.ts'
import { answer, askProved, type RawUa, rawUa, register, requestsAt, say, token } from '../support/raw-ua.ts'
import { ask, statusOf } from '../support/sip-peer.ts'

/** Each with a mark that must not arrive. */
const MARK = 'premium-victim'
const CLAIMS = [
  `P-Asserted-Identity: "${MARK}" <sip:${MARK}@example.test>, <tel:+15005550000>`,
  `p-asserted-identity : <sip:${MARK}@example.test>`,
  `P-ASSERTED-IDENTITY: <sip:${MARK}@example.test>`,
  `P-Asserted-Identity:\r\n <sip:${MARK}@example.test>`,
  `P-Preferred-Identity: <sip:${MARK}@example.test>`,
  `Remote-Party-ID: <sip:${MARK}@example.test>;party=calling;screen=yes;privacy=off`,
  `P-Charging-Vector: icid-value="${MARK}"`,
  `P-Charging-Function-Addresses: ccf=[${MARK}]`,
  `P-Access-Network-Info: 3GPP-UTRAN-TDD;utran-cell-id-3gpp=${MARK}`,
  `P-Visited-Network-ID: "${MARK}"`,
  `P-Associated-URI: <sip:${MARK}@example.test>`,
  `P-Called-Party-ID: <sip:${MARK}@example.test>`,
  `P-Asserted-Service: urn:urn-7:3gpp-service.${MARK}`,
  `P-Served-User: <sip:${MARK}@example.test>`,
  `X-Asserted-Identity: <sip:${MARK}@example.test>`,
  `Diversion: <sip:${MARK}@example.test>;reason=unconditional`,
]

describe('claims of trust', { skip: missing('curl'), timeout: 60_000 }, () => {
  let server: FindingsEdge
  let alice: RawUa
  let bob: RawUa
  let stranger: RawUa

  before(async () => {
    const users = ['alice', 'bob'].map(name => ({ name, password: `correct horse of ${name}` }))
    server = await startFindingsEdge(users, ['detection: { mode: monitor }'])
    alice = await rawUa(server.port, '127.0.0.2', 'alice', 'correct horse of alice')
    bob = await rawUa(server.port, '127.0.0.3', 'bob', 'correct horse of bob')
    stranger = await rawUa(server.port, '127.0.0.99', 'alice')
    await register(alice)
    await register(bob)
  })
  after(async () => {
    for (const ua of [alice, bob, stranger]) ua?.peer.close()
    await server?.edge.remove()
  })

  test('from a stranger they are worth nothing: he is asked for credentials, and nothing arrives', async () => {
    for (const claim of CLAIMS) {
      const text = say(stranger, { method: 'INVITE', uri: bob.aor, lines: [claim] })
      assert.equal(statusOf(await ask(stranger.peer, text)), 407, claim)
      const foreign = say(stranger, {
        method: 'MESSAGE',
        uri: bob.aor,
        from: 'sip:carrier@elsewhere.test',
        lines: [claim],
      })
      assert.equal(statusOf(await ask(stranger.peer, foreign)), 407, claim)
    }
    assert.deepEqual(requestsAt(bob), [])
  })

  for (const method of ['INVITE', 'MESSAGE', 'SUBSCRIBE', 'REFER', 'X-UNKNOWN']) {
    test(`from an own user none of them arrives with his ${method}`, async () => {
      for (const claim of CLAIMS) {
        const callId = token()
        const target = method === 'REFER' ? [`Refer-To: <${bob.aor}>`] : []
        const lines = [claim, 'X-Harmless: arrives', ...target]
        const asking = askProved(alice, { method, uri: bob.aor, callId, lines })
        const arrived = await bob.peer.next(method, text => text.includes(callId) && text.startsWith(method))
        bob.peer.send(answer(bob, arrived, 200, token()))
        assert.equal(statusOf((await asking).response), 200)
        assert.ok(!arrived.includes(MARK), arrived)
        assert.ok(arrived.includes('\r\nX-Harmless: arrives\r\n'), arrived)
      }
    })
  }

  test('what the callee claims in a response does not arrive either', async () => {
    const callId = token()
    const asking = askProved(alice, { method: 'MESSAGE', uri: bob.aor, callId })
    const arrived = await bob.peer.next('MESSAGE', text => text.includes(callId))
    const claims = CLAIMS.slice(0, 6).join('\r\n')
    bob.peer.send(answer(bob, arrived, 200, token()).replace('\r\nContact:', `\r\n${claims}\r\nContact:`))
    const { response } = await asking
    assert.equal(statusOf(response), 200)
    assert.ok(!response.includes(MARK), response)
  })
})
