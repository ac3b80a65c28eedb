/** Ways through several proxies, ours and strict ones, written out message by message (RFC 3261 §16.12). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, requestFrom } from '../../../test/support/sip-text.ts'
import type { Proven } from '../../base/proof.ts'
import { H } from '../message/header-id.ts'
import type { SipRequest } from '../message/message.ts'
import { writeForwardedRequest } from '../message/write.ts'
import { forward } from './forward.ts'
import { planNextHop } from './next-hop.ts'
import type { OwnSide } from './own-side.ts'
import { readRoute } from './route.ts'

// Tests stand outside the pipeline, so they make the proof that only `authorize` makes.
const authorized = {} as Proven<object, 'authorized'>

interface Step {
  readonly message: SipRequest
  readonly next: string
}

/** One proxy named by its host: it takes its own routes off, and forwards to `contact` when it owns the domain. */
function hop(host: string, received: SipRequest, contact?: string, token = 'd1'): Step {
  const route = readRoute(received, {
    isOurs: uri => uri.host === host,
    isOurHost: name => name === host,
    receivedOn: { transport: 'udp', port: 5060 },
  })
  assert.ok(route.ok)
  const nextHop = planNextHop(route.value, { uri: contact ?? route.value.requestUri })
  assert.ok(nextHop.ok)
  const side: OwnSide = { transport: 'udp', host, port: 5060 }
  const edits = forward(authorized, received, {
    nextHop: nextHop.value,
    incoming: side,
    outgoing: side,
    branch: `z9hG4bK${host}`,
    maxForwards: 69,
    breadth: 60,
    dialogToken: token,
    trust: { remove: [], removeNamed: [] },
  })
  return { message: requestFrom(writeForwardedRequest(received, edits)), next: nextHop.value.locate.host }
}

test('two loose proxies: the request that made the dialog and the BYE in it', () => {
  const sent = request({ uri: 'sip:bob@home.example' })
  const first = hop('p1.example', sent)
  assert.equal(first.next, 'home.example')
  const second = hop('p2.example', first.message, 'sip:bob@192.0.2.50')
  assert.equal(second.message.requestUri, 'sip:bob@192.0.2.50')
  assert.deepEqual(second.message.list(H.recordRoute), [
    '<sip:d1@p2.example:5060;transport=udp;lr>',
    '<sip:d1@p1.example:5060;transport=udp;lr>',
  ])
  const bye = request({
    method: 'BYE',
    uri: 'sip:bob@192.0.2.50',
    lines: second.message
      .list(H.recordRoute)
      .toReversed()
      .map(value => `Route: ${value}`),
  })
  const byeFirst = hop('p1.example', bye)
  assert.equal(byeFirst.next, 'p2.example')
  assert.deepEqual(byeFirst.message.list(H.route), ['<sip:d1@p2.example:5060;transport=udp;lr>'])
  const byeSecond = hop('p2.example', byeFirst.message)
  assert.equal(byeSecond.next, '192.0.2.50')
  assert.equal(byeSecond.message.requestUri, 'sip:bob@192.0.2.50')
  assert.deepEqual(byeSecond.message.list(H.route), [])
  assert.deepEqual(byeSecond.message.list(H.recordRoute), [], 'a BYE makes no dialog')
})

test('a strict proxy between loose ones: the Request-URI is handed through Route and taken back', () => {
  const bye = request({
    method: 'BYE',
    uri: 'sip:alice@192.0.2.1',
    lines: [
      'Route: <sip:p4.example;lr>',
      'Route: <sip:p3.strict.example>',
      'Route: <sip:p2.example;lr>',
      'Route: <sip:p1.example;lr>',
    ],
  })
  const fourth = hop('p4.example', bye)
  assert.equal(fourth.next, 'p3.strict.example')
  assert.equal(fourth.message.requestUri, 'sip:p3.strict.example')
  assert.deepEqual(fourth.message.list(H.route), [
    '<sip:p2.example;lr>',
    '<sip:p1.example;lr>',
    '<sip:alice@192.0.2.1>',
  ])
  // What the strict router makes of it: the first Route becomes the Request-URI.
  const third = request({
    method: 'BYE',
    uri: 'sip:p2.example;lr',
    lines: ['Route: <sip:p1.example;lr>', 'Route: <sip:alice@192.0.2.1>'],
  })
  const second = hop('p2.example', third)
  assert.equal(second.next, 'p1.example')
  assert.equal(second.message.requestUri, 'sip:alice@192.0.2.1')
  assert.deepEqual(second.message.list(H.route), ['<sip:p1.example;lr>'])
  const first = hop('p1.example', second.message)
  assert.equal(first.next, '192.0.2.1')
  assert.deepEqual(first.message.list(H.route), [])
})
