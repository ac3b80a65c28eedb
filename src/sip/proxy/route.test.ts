import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '../../../test/support/sip-text.ts'
import { Secret } from '../../base/secret.ts'
import { refuse } from '../message/refusal.ts'
import { makeDialogToken } from './dialog-proof.ts'
import { makeKeyring } from './keyed-digest.ts'
import { ownUri } from './own-side.ts'
import { dialogTokenOf, type RouteFacts, type RouteInfo, readRoute } from './route.ts'

const facts: RouteFacts = {
  isOurs: uri =>
    (uri.host === 'edge.example.test' && (uri.port ?? 5060) === 5060) ||
    (uri.host === 'edge.example.test' && uri.port === 5061) ||
    uri.host === '2001:db8::1',
  isOurHost: host => host === 'edge.example.test' || host === '2001:db8::1' || host === '192.0.2.10',
  receivedOn: { transport: 'udp', port: 5060 },
}
const token = makeDialogToken(makeKeyring([new Secret('a key of at least thirty-two characters')]), 'n1', {
  callId: 'c',
  initialFromTag: 'a',
  callerAor: 'sip:alice@example.test',
  calleeAor: 'sip:bob@example.test',
  callerSource: 'outside',
  calleeSource: 'outside',
})

function route(parts: Parameters<typeof request>[0], receivedOn = facts.receivedOn): RouteInfo {
  const read = readRoute(request(parts), { ...facts, receivedOn })
  assert.ok(read.ok)
  return read.value
}

test('without Route nothing changes', () => {
  const info = route({ uri: 'sip:bob@far.example' })
  assert.equal(info.requestUri, 'sip:bob@far.example')
  assert.deepEqual(info.routes, [])
  assert.equal(info.isChanged, false)
  assert.equal(info.wasStrict, false)
})

test('PRX-02: the topmost Route that names us is removed, the others stay as written', () => {
  const info = route({
    lines: ['Route: <sip:edge.example.test;lr>, "next, one" <sip:p2.far.example;lr>;x=1'],
  })
  assert.deepEqual(info.routes, ['"next, one" <sip:p2.far.example;lr>;x=1'])
  assert.equal(info.isChanged, true)
})

test('PRX-02: a Route of ours behind a foreign one is not touched', () => {
  const info = route({ lines: ['Route: <sip:p2.far.example;lr>', 'Route: <sip:edge.example.test;lr>'] })
  assert.deepEqual(info.routes, ['<sip:p2.far.example;lr>', '<sip:edge.example.test;lr>'])
  assert.equal(info.isChanged, false)
})

test('C-17: both values of a double Record-Route are ours and go together, whichever side the request comes from', () => {
  const inner = `<sip:${token}@edge.example.test:5060;transport=udp;lr>`
  const outer = '<sips:edge.example.test:5061;lr>'
  for (const pair of [
    [inner, outer],
    [outer, inner],
  ]) {
    const info = route({ lines: [...pair, '<sip:p2.far.example;lr>'].map(value => `Route: ${value}`) })
    assert.deepEqual(info.routes, ['<sip:p2.far.example;lr>'])
    assert.deepEqual(
      info.ownRoutes.map(own => own.value),
      pair,
    )
    assert.deepEqual(info.dialogTokens, [token])
    assert.equal(info.flowToken, undefined)
  }
})

test('PRX-02: our Record-Route value in the Request-URI is a strict router: the last Route is the target', () => {
  const info = route({
    uri: `sip:${token}@edge.example.test;lr`,
    lines: ['Route: <sip:p1.far.example;lr>', 'Route: <sip:bob@192.0.2.50:5070>'],
  })
  assert.equal(info.requestUri, 'sip:bob@192.0.2.50:5070')
  assert.equal(info.uri.host, '192.0.2.50')
  assert.deepEqual(info.routes, ['<sip:p1.far.example;lr>'])
  assert.deepEqual(info.dialogTokens, [token])
  assert.equal(info.wasStrict, true)
})

test('PRX-02: after a strict router further Routes of ours are taken too', () => {
  const info = route({
    uri: 'sip:edge.example.test;lr',
    lines: [`Route: <sip:${token}@[2001:db8::1];lr>`, 'Route: <sip:bob@192.0.2.50>'],
  })
  assert.equal(info.requestUri, 'sip:bob@192.0.2.50')
  assert.deepEqual(info.routes, [])
  assert.deepEqual(info.dialogTokens, [token])
})

test('a Request-URI of ours without lr, or without Route, is no strict router', () => {
  const lines = ['Route: <sip:p1.far.example;lr>']
  assert.equal(route({ uri: 'sip:bob@edge.example.test', lines }).wasStrict, false)
  assert.equal(route({ uri: 'sip:edge.example.test;lr' }).requestUri, 'sip:edge.example.test;lr')
})

test('OUT-03: the user part of a Route of ours that is no dialog token is a flow token, with or without ob', () => {
  const path = route({ lines: ['Route: <sip:Zmxvdw@edge.example.test;lr;ob>'] })
  assert.equal(path.flowToken, 'Zmxvdw')
  assert.equal(path.hasOb, true)
  assert.deepEqual(path.dialogTokens, [])
  assert.equal(route({ lines: ['Route: <sip:Zmxvdw@edge.example.test;lr>'] }).hasOb, false)
})

test('PRX-03: our maddr is stripped with port and transport where the request came in as it says', () => {
  const here = 'sip:bob:pw@far.example:5060;user=phone;maddr=192.0.2.10;transport=UDP;x'
  const info = route({ uri: here })
  assert.equal(info.requestUri, 'sip:bob:pw@far.example;user=phone;x')
  assert.equal(info.hasForeignMaddr, false)
  assert.equal(route({ uri: 'sip:bob@far.example;maddr=[2001:db8::1]' }).requestUri, 'sip:bob@far.example')
})

test('PRX-03: our maddr stays where the request came in by another port or transport', () => {
  for (const uri of [
    'sip:bob@far.example:5070;maddr=192.0.2.10',
    'sip:bob@far.example;maddr=192.0.2.10;transport=tcp',
    'sips:bob@far.example;maddr=192.0.2.10',
  ]) {
    assert.equal(route({ uri }).requestUri, uri)
  }
  const sips = 'sips:bob@far.example;maddr=192.0.2.10;transport=tcp'
  assert.equal(route({ uri: sips }, { transport: 'tls', port: 5061 }).requestUri, 'sips:bob@far.example')
})

test('PRX-03: a foreign maddr makes the Request-URI the only target', () => {
  const info = route({ uri: 'sip:bob@example.test;maddr=198.51.100.7' })
  assert.equal(info.requestUri, 'sip:bob@example.test;maddr=198.51.100.7')
  assert.equal(info.hasForeignMaddr, true)
})

test('a Route that has to be read and does not parse is refused, one behind it travels on', () => {
  assert.deepEqual(readRoute(request({ lines: ['Route: <sip:'] }), facts), refuse('route-malformed'))
  const strict = request({
    uri: 'sip:edge.example.test;lr',
    lines: ['Route: <sip:a@b>', 'Route: <sip:b?x=y>'],
  })
  assert.deepEqual(readRoute(strict, facts), refuse('route-malformed'))
  const info = route({ lines: ['Route: <sip:p2.far.example;lr>', 'Route: <<>>'] })
  assert.deepEqual(info.routes, ['<sip:p2.far.example;lr>', '<<>>'])
})

test('PRX-02: a Route value as we write it is read as the parser reads it, and nothing but that', () => {
  const side = { transport: 'udp', host: 'edge.example.test', port: 5060 } as const
  const own = `<${ownUri(side, token, false)}>`
  assert.equal(dialogTokenOf(own), token)
  for (const other of [
    own.replace('<sip:', '<sips:'),
    own.replace(';lr>', ';lr;ob>'),
    own.replace('5060', '5070'),
    own.replace(token, `${token}@evil.test`),
    own.replace(token, `evil.test>,<sip:${token}`),
    own.replace(token, 'bob'),
    `"x" ${own}`,
    `${own};x=y`,
  ]) {
    assert.equal(dialogTokenOf(other), undefined, other)
  }
  const read = route({ lines: [`Route: ${own}`, 'Route: <sip:p2.far.example;lr>'] })
  const parsed = route({ lines: [`Route: "us" ${own}`, 'Route: <sip:p2.far.example;lr>'] })
  assert.deepEqual({ ...read, ownRoutes: [] }, { ...parsed, ownRoutes: [] })
})
