import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, say, type Trial, tryStage } from '../../../test/support/stage-context.ts'
import { domain } from './domain.ts'

/** Scope, domain and realm that the stage finds. */
function reading(trial: Trial): string {
  const { scope, domain: name, realm } = contextOf(trial)
  return `${scope} ${name} ${realm}`
}

test('RFC 3261 §16.5: what a request is for shows in its Request-URI after the route was read', () => {
  assert.equal(
    reading({ method: 'REGISTER', uri: 'sip:example.test' }),
    'registrar example.test example.test',
  )
  assert.equal(reading({ method: 'REGISTER', uri: 'sip:192.0.2.99' }), 'server example.test example.test')
  assert.equal(reading({ method: 'OPTIONS', uri: 'sip:example.test' }), 'server example.test example.test')
  assert.equal(reading({ method: 'OPTIONS', uri: 'sip:192.0.2.99:5060' }), 'server example.test example.test')
  assert.equal(reading({ uri: 'sip:bob@example.test' }), 'own example.test example.test')
  assert.equal(reading({ uri: 'sip:bob@192.0.2.99' }), 'own example.test example.test')
  assert.equal(reading({ uri: 'sip:bob@elsewhere.test' }), 'foreign example.test example.test')
  const strict = { uri: 'sip:192.0.2.99;lr', lines: ['Route: <sip:carol@elsewhere.test>'] }
  assert.equal(reading(strict), 'foreign example.test example.test')
})

test('the realm of a call is the domain of its caller, that of a REGISTER the one that it is for', () => {
  const served = new Set(['example.test', 'other.test'])
  const ports: Trial['ports'] = {
    servedDomain: host => (served.has(host) ? { name: host, mode: 'proxy' } : undefined),
  }
  assert.equal(reading({ uri: 'sip:bob@other.test', ports }), 'own other.test example.test')
  assert.equal(
    reading({ method: 'REGISTER', uri: 'sip:other.test', ports }),
    'registrar other.test other.test',
  )
  const none: Trial['ports'] = {
    servedDomain: host => (host === 'other.test' ? { name: host, mode: 'proxy' } : undefined),
  }
  assert.equal(reading({ uri: 'sip:bob@other.test', ports: none }), 'own other.test other.test')
})

const nobody: Trial = { uri: 'sip:x@elsewhere.test', ports: { servedDomain: () => undefined } }

test('unserved: silent drops the datagram of a stranger, and nobody else', async () => {
  assert.equal(await tryStage(domain, nobody), 'drop unserved-domain')
  assert.equal(await tryStage(domain, { ...nobody, flow: { isProved: true } }), 'next')
  assert.equal(await tryStage(domain, { ...nobody, flow: { isReliable: true } }), 'next')
  assert.equal(await tryStage(domain, { ...nobody, uri: 'sip:bob@example.test', ports: {} }), 'next')
  assert.equal(await tryStage(domain, { ...nobody, ports: {} }), 'next')
})

test('unserved: reject lets the stages go on', async () => {
  const ports = { ...nobody.ports, isUnservedSilent: false }
  assert.equal(await tryStage(domain, { ...nobody, ports }), 'next')
})

test('PRX-02: a route that cannot be read is 400, an ACK with it is dropped', async () => {
  const lines = ['Route: broken']
  assert.equal(await tryStage(domain, { lines }), 'stateless 400 route-malformed')
  assert.equal(await tryStage(domain, { lines, method: 'ACK' }), 'drop route-malformed')
})

test('what was our own Route is used up, what is left stays', () => {
  const context = contextOf({ lines: ['Route: <sip:192.0.2.99;lr>, <sip:198.51.100.1;lr>'] })
  assert.equal(say(domain.run(context) as never), 'next')
  assert.deepEqual(context.route.routes, ['<sip:198.51.100.1;lr>'])
})
