import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimEdge } from '../support/sim-edge.ts'
import { SimPhone } from '../support/sim-phone.ts'
import { rawRequest, SimStranger } from '../support/sim-stranger.ts'

/** Series of the counters that tell what was not served, with their values. */
function refusals(sim: SimEdge): ReadonlyMap<string, number> {
  const told =
    /^aspis_(?:messages_refused|requests_dropped|requests_refused|authentication_failures|suspicions|responses_stray|answers_withheld)_total(?:\{[^}]*"([^"]*)"\})? (\d+)$/
  const found = new Map<string, number>()
  for (const line of sim.metrics.print().split('\n')) {
    const match = told.exec(line)
    if (match !== null) found.set(match[1] ?? line.split(' ')[0] ?? '', Number(match[2]))
  }
  return found
}

const INVENTED = { To: '<sip:bob@example.test>;tag=invented' }

/** What a stranger sends, and the name under which it is counted. */
const UNWELCOME: readonly (readonly [string, string])[] = [
  ['no-credentials', rawRequest('INVITE', 'sip:bob@example.test', { Subject: 'x'.repeat(900) })],
  ['unserved-domain', rawRequest('INVITE', 'sip:bob@elsewhere.test')],
  ['headers-not-ended', 'INVITE sip:bob@example.test SIP/2.0\r\nVia: x'],
  ['duplicate-header', rawRequest('INVITE', 'sip:bob@example.test', { l: '0' })],
  ['cseq-method-mismatch', rawRequest('INVITE', 'sip:bob@example.test', { CSeq: '1 BYE' })],
  ['too-many-hops', rawRequest('INVITE', 'sip:bob@example.test', { 'Max-Forwards': '0' })],
  ['no-credentials', rawRequest('BYE', 'sip:bob@example.test', { ...INVENTED, Subject: 'x'.repeat(900) })],
  ['ack-without-proof', rawRequest('ACK', 'sip:bob@example.test', INVENTED)],
  ['nothing-to-cancel', rawRequest('CANCEL', 'sip:bob@example.test', { Subject: 'x'.repeat(900) })],
  [
    'aspis_responses_stray_total',
    'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n'.concat(
      'To: <sip:c@d>;tag=2\r\nCall-ID: s\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n',
    ),
  ],
  [
    'bad-extension',
    rawRequest('INVITE', 'sip:bob@example.test', { 'Proxy-Require': 'x', Subject: 'x'.repeat(900) }),
  ],
]

test('whatever the edge does not serve is counted by name', async () => {
  const sim = await SimEdge.open()
  const stranger = new SimStranger(sim, '203.0.113.66')
  for (const [name, text] of UNWELCOME) {
    const before = refusals(sim).get(name) ?? 0
    await stranger.send(text)
    assert.equal(refusals(sim).get(name), before + 1, name)
  }
})

test('a user who asks for more than he may is counted by name', async () => {
  const sim = await SimEdge.open()
  const alice = new SimPhone(sim, { user: 'alice', ip: '192.0.2.10' })
  for (const [uri, why] of [
    ['sip:nobody@example.test', 'no-such-user'],
    ['sip:bob@example.test', 'not-registered'],
    ['sip:anyone@elsewhere.test', 'no-rule-allows'],
  ] as const) {
    const call = alice.call(uri)
    await sim.run(100)
    assert.ok((call.finals[0] ?? 0) >= 400, uri)
    assert.equal(refusals(sim).get(why), 1, uri)
  }
  await sim.runOut()
})
