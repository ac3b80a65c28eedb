import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindingOf, EDGE_SOURCE, NOW_MS, register, TLS_SOURCE, valuesOf } from './register-fixture.ts'

const instance = 'urn:uuid:00000000-0000-1000-8000-aabbccddeeff'
const flow = (regId: number | string, uri = 'sip:bob@192.0.2.7;transport=tcp') =>
  `Contact: <${uri}>;reg-id=${regId};+sip.instance="<${instance}>"`
const supported = 'Supported: path, outbound'
const twoVias = [
  'SIP/2.0/UDP edge.example.net;branch=z9hG4bKb',
  'SIP/2.0/TLS 192.0.2.7:40123;branch=z9hG4bKa;received=192.0.2.7',
]

test('OUT-05: a flow is bound by instance and reg-id, and the answer requires outbound', () => {
  const outcome = register(
    { lines: [flow(1), supported] },
    { source: TLS_SOURCE, policy: { flowTimerSeconds: 120 } },
  )
  const [binding] = outcome.bindings
  assert.equal(binding?.regId, 1)
  assert.equal(binding?.instance, instance)
  assert.equal(binding?.key, `${instance};reg-id=1`)
  assert.equal(binding?.received, 'tls:192.0.2.7:40123')
  assert.equal(binding?.flowToken, TLS_SOURCE.flowToken)
  assert.deepEqual(valuesOf(outcome, 'Require'), ['outbound'])
  assert.deepEqual(valuesOf(outcome, 'Flow-Timer'), ['120'])
  assert.deepEqual(valuesOf(outcome, 'Contact'), [
    `<sip:bob@192.0.2.7;transport=tcp>;expires=3600;+sip.instance="<${instance}>";reg-id=1`,
  ])
})

test('OUT-05: a contact without reg-id is reached by the flow, and keeps no token of it', () => {
  const [binding] = register({ lines: ['Contact: <sip:bob@10.0.0.7>'] }, { source: TLS_SOURCE }).bindings
  assert.equal(binding?.received, 'tls:192.0.2.7:40123')
  assert.equal(binding?.flowToken, undefined)
})

test('OUT-05: the bound of reg-id is a flow too', () => {
  assert.equal(register({ lines: [flow(2147483647), supported] }).bindings[0]?.regId, 2147483647)
})

test('OUT-05: a re-registration moves the flow, whatever the contact is now; another reg-id is another flow', () => {
  const existing = register({ cseq: 1, lines: [flow(1), supported] }).bindings
  const moved = register(
    { cseq: 2, lines: [flow(1, 'sip:bob@10.0.0.9:9999;transport=tcp'), supported] },
    { existing, source: TLS_SOURCE },
  )
  assert.deepEqual(
    moved.bindings.map(binding => [binding.contact, binding.received]),
    [['sip:bob@10.0.0.9:9999;transport=tcp', 'tls:192.0.2.7:40123']],
  )
  const second = register({ cseq: 3, lines: [flow(2), supported] }, { existing })
  assert.deepEqual(
    second.bindings.map(binding => binding.regId),
    [1, 2],
  )
})

test('OUT-05: without the option tag a flow is a flow, but nothing is required of the phone', () => {
  const outcome = register({ lines: [flow(1)] })
  assert.equal(outcome.bindings[0]?.regId, 1)
  assert.deepEqual(valuesOf(outcome, 'Require'), [])
})

test('OUT-05: a reg-id without instance is ignored', () => {
  const outcome = register({ lines: ['Contact: <sip:bob@192.0.2.7>;reg-id=1', supported] })
  assert.equal(outcome.bindings[0]?.regId, undefined)
  assert.equal(outcome.bindings[0]?.key, 'sip:bob@192.0.2.7')
  assert.deepEqual(valuesOf(outcome, 'Require'), [])
})

test('OUT-04: behind a first hop without ob, outbound is 439 when asked for and ignored otherwise', () => {
  const source = EDGE_SOURCE
  for (const path of [
    [],
    ['Path: <sip:edge.example.net;lr>'],
    ['Path: <sip:a@edge.example.net;lr;ob>, <sip:inner.example.net;lr>'],
  ]) {
    const asked = register({ vias: twoVias, lines: [flow(1), supported, ...path] }, { source })
    assert.deepEqual([asked.status, asked.why], [439, 'first-hop-lacks-outbound'])
    const ignored = register({ vias: twoVias, lines: [flow(1), ...path] }, { source })
    assert.deepEqual([ignored.status, ignored.bindings[0]?.regId], [200, undefined])
    assert.deepEqual(valuesOf(ignored, 'Require'), [])
  }
})

test("OUT-04: behind an edge that keeps the flow, outbound applies; the Flow-Timer is the edge's to say", () => {
  const path = '<sip:token@edge.example.net:5060;lr;ob>'
  const outcome = register(
    { vias: twoVias, lines: [flow(1), supported, `Path: <sip:inner.example.net;lr>, ${path}`] },
    { source: EDGE_SOURCE, policy: { flowTimerSeconds: 120 } },
  )
  assert.equal(outcome.bindings[0]?.regId, 1)
  assert.equal(outcome.bindings[0]?.received, '')
  assert.deepEqual(valuesOf(outcome, 'Require'), ['outbound'])
  assert.deepEqual(valuesOf(outcome, 'Flow-Timer'), [])
})

test('OUT-06: a flow is registered alone; contacts that leave may come along', () => {
  const other = 'Contact: <sip:bob@192.0.2.7:5070>'
  const outcome = register({ lines: [flow(1), other, supported] })
  assert.deepEqual([outcome.status, outcome.why], [400, 'reg-id-not-alone'])
  const existing = [bindingOf({ contact: 'sip:bob@192.0.2.7:5070' })]
  const exchanged = register({ lines: [flow(1), `${other};expires=0`, supported] }, { existing })
  assert.deepEqual(
    exchanged.bindings.map(binding => binding.regId),
    [1],
  )
})

test('a flow that says goodbye leaves the other flows of its instance', () => {
  const one = register({ cseq: 1, lines: [flow(1), supported] }).bindings
  const two = register({ cseq: 2, lines: [flow(2), supported] }, { existing: one }).bindings
  const left = register({ cseq: 3, lines: [`${flow(1)};expires=0`, supported] }, { existing: two })
  assert.deepEqual(
    left.bindings.map(binding => binding.regId),
    [2],
  )
  assert.deepEqual(valuesOf(left, 'Require'), [])
})

test('another instance with the same private address does not end a flow', () => {
  const uri = 'sip:bob@192.168.1.5:5060'
  const existing = register({ lines: [flow(1, uri), supported] }).bindings
  const other = register(
    { callId: 'other', lines: [`Contact: <${uri}>;+sip.instance="<urn:uuid:other>"`] },
    { existing },
  )
  assert.equal(other.bindings.length, 2)
  const own = register(
    { callId: 'other', lines: [`Contact: <${uri}>;expires=0`] },
    { existing, nowMs: NOW_MS },
  )
  assert.equal(own.bindings.length, 0)
})
