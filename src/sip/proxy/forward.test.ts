import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, requestFrom } from '../../../test/support/sip-text.ts'
import type { Proven } from '../../base/proof.ts'
import { H } from '../message/header-id.ts'
import { type ForwardEdits, writeForwardedRequest } from '../message/write.ts'
import { type BranchFacts, forward, pathValue } from './forward.ts'
import { planNextHop } from './next-hop.ts'
import { type OwnSide, ownUri, ownVia } from './own-side.ts'
import { readRoute } from './route.ts'
import { claimsOfTrust } from './trust.ts'

// Tests stand outside the pipeline, so they make the proof that only `authorize` makes.
const authorized = {} as Proven<object, 'authorized'>

const udp: OwnSide = { transport: 'udp', host: '192.0.2.10', port: 5060, secureHost: 'edge.example.test' }
const udp6: OwnSide = { transport: 'udp', host: '2001:db8::1', port: 5060 }
const tls: OwnSide = { transport: 'tls', host: '192.0.2.10', port: 5061, secureHost: 'edge.example.test' }
const wss: OwnSide = { transport: 'wss', host: '192.0.2.10', port: 7443, secureHost: 'edge.example.test' }

function edits(parts: Parameters<typeof request>[0], facts: Partial<BranchFacts> = {}): ForwardEdits {
  const received = request(parts)
  const route = readRoute(received, {
    isOurs: uri => uri.host === 'edge.example.test',
    isOurHost: () => false,
    receivedOn: { transport: 'udp', port: 5060 },
  })
  assert.ok(route.ok)
  const nextHop = planNextHop(route.value, { uri: route.value.requestUri })
  assert.ok(nextHop.ok)
  return forward(authorized, received, {
    nextHop: nextHop.value,
    incoming: udp,
    outgoing: udp,
    branch: 'z9hG4bKx.0123456789abcdef',
    maxForwards: 69,
    breadth: 30,
    dialogToken: 'TOKEN',
    trust: claimsOfTrust(received, 'trusted'),
    ...facts,
  })
}

test('PRX-09: one Record-Route where both sides are the same, with the token and lr', () => {
  assert.deepEqual(edits({}).recordRoutes, ['<sip:TOKEN@192.0.2.10:5060;transport=udp;lr>'])
})

test('C-17: two Record-Route values where the sides differ, the outgoing one on top', () => {
  assert.deepEqual(edits({}, { incoming: wss }).recordRoutes, [
    '<sip:TOKEN@192.0.2.10:5060;transport=udp;lr>',
    '<sip:edge.example.test:7443;transport=ws;lr>',
  ])
  assert.deepEqual(edits({}, { outgoing: tls }).recordRoutes, [
    '<sips:TOKEN@edge.example.test:5061;lr>',
    '<sip:192.0.2.10:5060;transport=udp;lr>',
  ])
  assert.deepEqual(
    edits({}, { outgoing: udp6 }).recordRoutes?.[0],
    '<sip:TOKEN@[2001:db8::1]:5060;transport=udp;lr>',
  )
})

test('PRX-09: sips on both sides when the Request-URI or the top Route is sips', () => {
  for (const parts of [
    { uri: 'sips:bob@far.example' },
    { uri: 'sip:bob@far.example', lines: ['Route: <sips:p1.far.example;lr>'] },
  ]) {
    assert.deepEqual(edits(parts, { incoming: wss, outgoing: tls }).recordRoutes, [
      '<sips:TOKEN@edge.example.test:5061;lr>',
      '<sips:edge.example.test:7443;transport=ws;lr>',
    ])
  }
})

test('PRX-09: a request without dialog is record-routed where TLS ends or sips begins, else not', () => {
  const message = { method: 'MESSAGE' }
  assert.equal(edits(message).recordRoutes, undefined)
  assert.equal(edits(message, { incoming: tls }).recordRoutes?.length, 2)
  assert.equal(
    edits({ ...message, uri: 'sips:bob@far.example' }, { incoming: tls, outgoing: tls }).recordRoutes,
    undefined,
  )
  const up = edits({ ...message, uri: 'sips:bob@far.example' }, { outgoing: tls }).recordRoutes
  assert.deepEqual(up, ['<sips:TOKEN@edge.example.test:5061;lr>', '<sips:edge.example.test;lr>'])
})

test('PRX-10: a sips Record-Route stands on the name of our certificate', () => {
  assert.match(ownUri(tls, 'T', true), /^sips:T@edge\.example\.test:5061;/)
  assert.match(ownUri(udp, 'T', true), /^sips:T@edge\.example\.test;/)
})

test('SPS-04: transport=tls is never written but to a peer that writes it itself', () => {
  for (const side of [udp, tls, wss]) {
    for (const isSips of [true, false]) assert.doesNotMatch(ownUri(side, 'T', isSips), /transport=tls/)
  }
  const old: OwnSide = { ...tls, tlsForm: 'transport-tls' }
  assert.equal(ownUri(old, undefined, false), 'sip:edge.example.test:5061;transport=tls;lr')
  assert.equal(ownUri(old, undefined, true), 'sips:edge.example.test:5061;lr')
  const phone = 'sip:a@192.0.2.1:6061;transport=tls'
  const fromOld = { lines: [`Contact: <${phone}>`] }
  const strict = '<sips:TOKEN@edge.example.test:5061;lr>'
  assert.deepEqual(edits(fromOld, { incoming: tls, outgoing: tls }).recordRoutes, [
    strict,
    '<sip:edge.example.test:5061;transport=tls;lr>',
  ])
  assert.deepEqual(edits({ ...fromOld, uri: phone }, { incoming: tls, outgoing: tls }).recordRoutes, [
    '<sip:TOKEN@edge.example.test:5061;transport=tls;lr>',
  ])
  assert.deepEqual(edits(fromOld, { incoming: udp, outgoing: tls }).recordRoutes?.[0], strict)
})

test('a method that we do not know may make a dialog, the known ones without are not record-routed', () => {
  assert.ok(edits({ method: 'FUTURE' }).recordRoutes)
  for (const method of ['SUBSCRIBE', 'NOTIFY', 'REFER']) assert.ok(edits({ method }).recordRoutes, method)
  for (const method of ['ACK', 'BYE', 'OPTIONS', 'REGISTER', 'PUBLISH', 'UPDATE']) {
    assert.equal(edits({ method }).recordRoutes, undefined, method)
  }
  assert.equal(edits({ method: 'ACK' }, { incoming: tls }).recordRoutes, undefined)
})

test('our Via asks for rport and has the branch', () => {
  assert.equal(ownVia(udp6, 'z9hG4bKx'), 'SIP/2.0/UDP [2001:db8::1]:5060;rport;branch=z9hG4bKx')
  assert.equal(edits({}).via, 'SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKx.0123456789abcdef')
})

test('OUT-01: a REGISTER on its way gets our Path with flow token, ob only from the first hop', () => {
  const uri = ownUri(udp, 'Zmxvdw', false)
  assert.equal(pathValue(uri, true), '<sip:Zmxvdw@192.0.2.10:5060;transport=udp;lr;ob>')
  assert.equal(pathValue(uri, false), '<sip:Zmxvdw@192.0.2.10:5060;transport=udp;lr>')
  const path = pathValue(uri, true)
  assert.deepEqual(edits({ method: 'REGISTER' }, { path }).path, [path])
  assert.equal(edits({}, { path }).path, undefined)
})

test('PRX-07: what we do not edit leaves byte for byte and in order', () => {
  const parts = {
    lines: [
      'X-First:  odd   spacing',
      'record-route: <sip:p0.far.example;lr>',
      's: Lunch, "really"',
      'Referred-By: <sip:carol@far.example>;cid="1@x"',
      'X-Last: 1',
    ],
  }
  const received = request(parts)
  const sent = writeForwardedRequest(received, edits(parts))
  const lines = received.text.split('\r\n')
  const kept = lines.filter(line => !line.startsWith('Max-Forwards') && !line.startsWith('INVITE'))
  let at = 0
  for (const line of kept) {
    at = sent.indexOf(line, at)
    assert.ok(at >= 0, line)
    at += line.length
  }
  assert.match(sent, /\r\nMax-Forwards: 69\r\n/)
  assert.deepEqual(requestFrom(sent).list(H.recordRoute), [
    '<sip:TOKEN@192.0.2.10:5060;transport=udp;lr>',
    '<sip:p0.far.example;lr>',
  ])
})

test('FRK-06: exactly one Max-Breadth leaves, whatever came in', () => {
  for (const lines of [[], ['Max-Breadth: 99'], ['Max-Breadth: 9', 'max-breadth: 8']]) {
    const sent = requestFrom(writeForwardedRequest(request({ lines }), edits({ lines })))
    assert.deepEqual(sent.headers(H.maxBreadth), ['30'])
  }
})

test('DIG-26: credentials for others leave untouched, ours leave the message', () => {
  const lines = [
    'Proxy-Authorization: Digest realm="far"',
    'Proxy-Authorization: Digest realm="ours"',
    'Authorization: Digest realm="x"',
  ]
  const received = request({ lines })
  const rows = [received.rowOf(H.proxyAuthorization) + 1]
  const sent = requestFrom(writeForwardedRequest(received, edits({ lines }, { spentCredentialRows: rows })))
  assert.deepEqual(sent.headers(H.proxyAuthorization), ['Digest realm="far"'])
  assert.deepEqual(sent.headers(H.authorization), ['Digest realm="x"'])
})
