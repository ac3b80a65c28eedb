import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '../../../test/support/sip-text.ts'
import { failed } from '../../base/result.ts'
import { type NextHop, planNextHop, type TargetPlace } from './next-hop.ts'
import { type RouteInfo, readRoute } from './route.ts'

function routeOf(uri: string, routes: readonly string[] = []): RouteInfo {
  const read = readRoute(request({ uri, lines: routes.map(value => `Route: ${value}`) }), {
    isOurs: candidate => candidate.host === 'edge.example.test',
    isOurHost: () => false,
    receivedOn: { transport: 'udp', port: 5060 },
  })
  assert.ok(read.ok)
  return read.value
}

function plan(route: RouteInfo, place: TargetPlace = { uri: route.requestUri }): NextHop {
  const planned = planNextHop(route, place)
  assert.ok(planned.ok)
  return planned.value
}

test('PRX-04: a foreign Request-URI is located and leaves as it came', () => {
  const uri = 'SIP:Bob@Far.Example;method=INVITE;x=%41'
  const hop = plan(routeOf(uri))
  assert.equal(hop.requestUri, uri)
  assert.equal(hop.routes, undefined)
  assert.equal(hop.locate.text, uri)
  assert.equal(hop.isSecureOnly, false)
})

test('the top route is located, not the Request-URI', () => {
  const hop = plan(routeOf('sip:bob@far.example', ['<sip:p1.far.example;lr>', '<sip:p2.far.example;lr>']))
  assert.equal(hop.locate.text, 'sip:p1.far.example;lr')
  assert.equal(hop.routes, undefined)
})

test('PRX-11: a next hop without lr gets the Request-URI, which goes to the end of Route', () => {
  const hop = plan(routeOf('sip:bob@far.example', ['<sip:p1.far.example>', '<sip:p2.far.example;lr>']))
  assert.equal(hop.requestUri, 'sip:p1.far.example')
  assert.deepEqual(hop.routes, ['<sip:p2.far.example;lr>', '<sip:bob@far.example>'])
  assert.equal(hop.locate.text, 'sip:p1.far.example')
})

test('RFC 3327 §5.4: the path of a binding goes in front of the route that is left', () => {
  const route = routeOf('sip:bob@example.test', ['<sip:edge.example.test;lr>', '<sip:p2.far.example;lr>'])
  const hop = plan(route, { uri: 'sip:bob@192.0.2.50', path: ['<sip:t@p1.far.example;lr;ob>'] })
  assert.deepEqual(hop.routes, ['<sip:t@p1.far.example;lr;ob>', '<sip:p2.far.example;lr>'])
  assert.equal(hop.locate.host, 'p1.far.example')
  assert.equal(hop.requestUri, 'sip:bob@192.0.2.50')
})

test('a route that is used up leaves no Route behind', () => {
  assert.deepEqual(plan(routeOf('sip:bob@far.example', ['<sip:edge.example.test;lr>'])).routes, [])
})

test('RFC 3261 §16.6 step 2: method and headers of a contact do not get into the Request-URI', () => {
  const route = routeOf('sip:bob@example.test')
  const hop = plan(route, {
    uri: 'sip:b;x@192.0.2.50;method=BYE;ob;transport=tcp?Route=%3Csip:evil%3E&Subject=x',
  })
  assert.equal(hop.requestUri, 'sip:b;x@192.0.2.50;ob;transport=tcp')
  assert.equal(plan(route, { uri: 'sip:b@192.0.2.50;METHOD=x' }).requestUri, 'sip:b@192.0.2.50')
})

test('SPS-02: a sips request goes to a sips target over TLS, and to no other', () => {
  const route = routeOf('sips:bob@example.test')
  const hop = plan(route, { uri: 'sips:bob@192.0.2.50' })
  assert.equal(hop.requestUri, 'sips:bob@192.0.2.50')
  assert.equal(hop.isSecureOnly, true)
  assert.deepEqual(
    planNextHop(route, { uri: 'sip:bob@192.0.2.50' }),
    failed({ status: 480, why: 'sips-not-allowed', warning: 380 }),
  )
})

test('SPS-03: a sip request to a sips target keeps its scheme and goes over TLS', () => {
  const route = routeOf('sip:bob@example.test')
  const hop = plan(route, { uri: 'SIPS:bob@192.0.2.50:5061;ob' })
  assert.equal(hop.requestUri, 'sip:bob@192.0.2.50:5061;ob')
  assert.equal(hop.isSecureOnly, true)
  assert.equal(hop.isSips, false)
  assert.equal(plan(route, { uri: 'sip:bob@192.0.2.50', needsTls: true }).isSecureOnly, true)
  assert.equal(plan(route, { uri: route.requestUri, needsTls: true }).isSecureOnly, true)
  const path = ['<sip:p1.far.example;lr>']
  assert.equal(plan(route, { uri: 'sips:bob@192.0.2.50', path }).isSecureOnly, true)
})

test('SPS-01: a sips Request-URI demands TLS whatever the route says, a sips route for its own hop', () => {
  const mixed = plan(routeOf('sips:bob@far.example', ['<sip:p1.far.example;lr>']))
  assert.equal(mixed.isSecureOnly, true)
  assert.equal(mixed.isSips, true)
  assert.equal(mixed.requestUri, 'sips:bob@far.example')
  const strict = plan(routeOf('sips:bob@far.example', ['<sip:p1.far.example>']))
  assert.equal(strict.isSecureOnly, true)
  const hop = plan(routeOf('sip:bob@far.example', ['<sips:p1.far.example;lr>']))
  assert.equal(hop.isSecureOnly, true)
})

test('what cannot be read is a refusal, not an exception', () => {
  const route = routeOf('sip:bob@example.test')
  assert.deepEqual(planNextHop(route, { uri: 'not a uri' }), failed({ status: 400, why: 'target-malformed' }))
  const broken = planNextHop(route, { uri: 'sip:b@192.0.2.5', path: ['<sip:'] })
  assert.deepEqual(broken, failed({ status: 400, why: 'route-malformed' }))
})
