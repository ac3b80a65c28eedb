import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindingOf, EDGE_SOURCE, register, SOURCE, TLS_SOURCE } from './register-fixture.ts'

const WS_SOURCE = { ...SOURCE, transport: 'wss' as const, port: 50000, flowKey: 'wss:192.0.2.7:50000' }

test('REG-13: a contact of another domain or a public address that is not the source is 403', () => {
  for (const host of [
    'victim.example.net',
    '192.0.2.8',
    '[2001:db9::8]',
    '0x7f.1',
    '2130706433',
    'localhost',
  ]) {
    const outcome = register({ lines: [`Contact: <sip:bob@${host}>`] })
    assert.deepEqual([outcome.status, outcome.why], [403, 'contact-is-foreign'], host)
  }
})

test('REG-13: a maddr that leads elsewhere is as foreign as a host', () => {
  for (const uri of ['sip:bob@192.0.2.7;maddr=192.0.2.8', 'sip:bob@x.invalid;maddr=victim.example.net']) {
    assert.equal(register({ lines: [`Contact: <${uri}>`] }).why, 'contact-is-foreign', uri)
  }
  assert.equal(
    register({ lines: ['Contact: <sip:bob@192.0.2.7;maddr=203.0.113.1>'] }).why,
    'contact-points-to-us',
  )
})

test('REG-13: a contact at this server or in a domain of ours is 403, however the policy stands', () => {
  for (const host of [
    'example.com:5070',
    'EXAMPLE.org',
    'example.com.',
    '203.0.113.1',
    '[::ffff:203.0.113.1]',
  ]) {
    for (const source of [SOURCE, TLS_SOURCE, WS_SOURCE, EDGE_SOURCE]) {
      const given = { source, policy: { foreignContacts: 'allow' as const } }
      const outcome = register({ lines: [`Contact: <sip:carol@${host}>`] }, given)
      assert.deepEqual([outcome.status, outcome.why], [403, 'contact-points-to-us'], host)
    }
  }
  assert.equal(
    register({ lines: ['Contact: <sip:bob@203.0.113.1:5090>'] }, { policy: { foreignContacts: 'allow' } })
      .status,
    200,
  )
})

test('REG-13: a private, unusable or .invalid contact is reached by the flow only', () => {
  for (const host of [
    '10.1.2.3',
    '192.168.1.20:5062',
    '[fe80::1]',
    '127.0.0.1',
    '0.0.0.0',
    '224.0.0.1',
    'a7.invalid',
  ]) {
    const outcome = register({ lines: [`Contact: <sip:bob@${host}>`] })
    assert.equal(outcome.status, 200, host)
    assert.equal(outcome.bindings[0]?.received, 'udp:192.0.2.7:5060', host)
  }
})

test('REG-13: the policy lets a foreign contact in by the flow, or believes it', () => {
  const received = (foreignContacts: 'flow' | 'allow') =>
    register({ lines: ['Contact: <sip:bob@pbx.example.net>'] }, { policy: { foreignContacts } }).bindings[0]
      ?.received
  assert.equal(received('flow'), 'udp:192.0.2.7:5060')
  assert.equal(received('allow'), '')
})

test('REG-13: a host of our own network may be registered by another', () => {
  assert.equal(register({ lines: ['Contact: <sip:bob@198.51.100.4>'] }).bindings[0]?.received, '')
})

test('a contact at the source goes by the flow; by itself where a datagram phone listens at another port', () => {
  const received = (port: number, via: string, source = SOURCE) =>
    register({ vias: [via], lines: [`Contact: <sip:bob@192.0.2.7:${port}>`] }, { source }).bindings[0]
      ?.received
  const plain = 'SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa'
  assert.equal(received(5060, plain), 'udp:192.0.2.7:5060')
  assert.equal(received(5070, plain), '')
  assert.equal(received(5070, `${plain};rport`), 'udp:192.0.2.7:5060')
  assert.equal(received(5070, plain, TLS_SOURCE), 'tls:192.0.2.7:40123')
})

test('a contact of RFC 7118 is reached by its connection, whatever its host says', () => {
  const outcome = register(
    { lines: ['Contact: <sip:x@df7jal23ls0d.example.net;transport=ws>'] },
    { source: WS_SOURCE },
  )
  assert.equal(outcome.bindings[0]?.received, 'wss:192.0.2.7:50000')
})

test('an IPv6 contact is its source in any spelling', () => {
  const source = { ...SOURCE, ip: '2001:db8::7', flowKey: 'udp:[2001:db8::7]:5060' }
  const outcome = register({ lines: ['Contact: <sip:bob@[2001:DB8:0:0::7]:5060>'] }, { source })
  assert.equal(outcome.bindings[0]?.received, 'udp:[2001:db8::7]:5060')
})

test('a contact that is no SIP URI is 403, and a malformed one 400', () => {
  assert.equal(register({ lines: ['Contact: <mailto:bob@example.net>'] }).why, 'contact-not-sip')
  assert.equal(register({ lines: ['Contact: <tel:+12015550123>'] }).why, 'contact-not-sip')
  for (const value of [
    'sip:bob@192.0.2.7?Route=%3Csip:x%3E',
    '<sip:bob@192.0.2.7',
    '<sip:>',
    '"unclosed <sip:bob@192.0.2.7>',
    '<sip:bob@192.0.2.7>;q=2',
    '<sip:bob@192.0.2.7>;q=0.5.6',
    '<sip:bob@192.0.2.7>;q=05',
    '<sip:bob@192.0.2.7>;q=0.0000',
    '<sip:bob@192.0.2.7>;q=0.x',
    '<sip:bob@192.0.2.7>;q=1.001',
    '<sip:bob@192.0.2.7>;q=-1',
    '<sip:bob@192.0.2.7>;reg-id=0;+sip.instance="<urn:x:1>"',
    '<sip:bob@192.0.2.7>;reg-id=2147483648;+sip.instance="<urn:x:1>"',
    '<sip:bob@192.0.2.7>;+sip.instance="<a><b>"',
    `<sip:bob@192.0.2.7>;+sip.instance="<${'u'.repeat(200)}>"`,
    `<sip:${'b'.repeat(5000)}@192.0.2.7>`,
    '*;expires=0',
  ]) {
    const outcome = register({ lines: [`Contact: ${value}`] })
    assert.deepEqual([outcome.status, outcome.why], [400, 'contact-malformed'], value.slice(0, 60))
  }
})

test('a foreign contact may always be taken away', () => {
  const existing = [bindingOf({ contact: 'sip:bob@victim.example.net' })]
  const outcome = register({ lines: ['Contact: <sip:bob@victim.example.net>;expires=0'] }, { existing })
  assert.deepEqual([outcome.status, outcome.bindings], [200, []])
})
