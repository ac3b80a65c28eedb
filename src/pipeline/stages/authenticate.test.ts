import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, say, type Trial, tryStage } from '../../../test/support/stage-context.ts'
import { authenticate } from './authenticate.ts'

const user = {
  kind: 'user',
  user: 'alice',
  domain: 'example.test',
  aors: ['sip:alice@example.test'],
} as const
const trunk = {
  name: 'carrier',
  identities: ['carrier.test'],
  reachesOwnUsers: true,
  isTrusted: false,
  domains: ['carrier.test'],
}

test('DIG-01 DOS-01: a stranger is challenged statelessly, with 401 by the registrar and 407 by the proxy', async () => {
  assert.equal(await tryStage(authenticate), 'stateless 407 no-credentials')
  assert.equal(
    await tryStage(authenticate, { method: 'REGISTER', uri: 'sip:example.test' }),
    'stateless 401 no-credentials',
  )
  assert.equal(
    await tryStage(authenticate, { method: 'INVITE', uri: 'sip:example.test' }),
    'stateless 401 no-credentials',
  )
})

test('accepted credentials prove the user and his source, and are spent', async () => {
  const context = contextOf({
    ports: {
      verifyCredentials: () => ({ kind: 'accepted', caller: user, authenticationInfo: 'info' }),
    },
  })
  assert.equal(say(await authenticate.run(context)), 'next')
  assert.deepEqual(context.caller?.caller, user)
  assert.equal(context.flow.isProved, true)
  assert.equal(context.authenticationInfo, 'info')
})

test('DIG-01: the realm and kind that are asked for are those of the request', async () => {
  const asked: unknown[] = []
  const verifyCredentials = (_context: unknown, realm: string, asProxy: boolean) => {
    asked.push([realm, asProxy])
    return { kind: 'refused', status: 403, why: 'uri-mismatch' } as const
  }
  assert.equal(await tryStage(authenticate, { ports: { verifyCredentials } }), 'reply 403 uri-mismatch')
  await tryStage(authenticate, { method: 'REGISTER', uri: 'sip:example.test', ports: { verifyCredentials } })
  assert.deepEqual(asked, [
    ['example.test', true],
    ['example.test', false],
  ])
})

test('DIG-32: answers of somebody who guesses are not looked at: 503 with the time to wait', async () => {
  const context = contextOf({ ports: { verifyCredentials: () => ({ kind: 'delayed', waitMs: 1500 }) } })
  const verdict = await authenticate.run(context)
  assert.equal(say(verdict), 'stateless 503 guessing')
  assert.deepEqual(verdict.kind === 'reply' && verdict.headers, [['Retry-After', '2']])
  assert.equal(context.caller, undefined)
})

test('a promise is waited for', async () => {
  const ports: Trial['ports'] = {
    verifyCredentials: async () => ({ kind: 'refused', status: 400, why: 'nonce-count-malformed' }),
  }
  assert.ok(authenticate.run(contextOf({ ports })) instanceof Promise)
  assert.equal(await tryStage(authenticate, { ports }), 'reply 400 nonce-count-malformed')
})

test('TLS-10: a neighbour is known by its flow and asked for no password', async () => {
  const context = contextOf({ ports: { trunkOf: () => trunk } })
  assert.equal(say(await authenticate.run(context)), 'next')
  assert.deepEqual(context.caller?.caller, { kind: 'trunk', trunk: 'carrier', identities: ['carrier.test'] })
})

test('RFC 3327: what a trusted edge brings from one of our users is proven by that user', async () => {
  const edge = { trunkOf: () => ({ ...trunk, isTrusted: true }) }
  assert.equal(
    await tryStage(authenticate, { method: 'REGISTER', uri: 'sip:example.test', ports: edge }),
    'stateless 401 no-credentials',
  )
  assert.equal(await tryStage(authenticate, { ports: edge }), 'stateless 407 no-credentials')
})

test('UAS-13: OPTIONS to the server itself needs no password, to a user it does', async () => {
  assert.equal(await tryStage(authenticate, { method: 'OPTIONS', uri: 'sip:example.test' }), 'next')
  assert.equal(
    await tryStage(authenticate, { method: 'OPTIONS', uri: 'sip:bob@example.test' }),
    'stateless 407 no-credentials',
  )
})

test('UAS-01: a method that nobody knows, aimed at the server itself, is not asked for a password', async () => {
  assert.equal(await tryStage(authenticate, { method: 'FOO', uri: 'sip:example.test' }), 'next')
  assert.equal(
    await tryStage(authenticate, { method: 'FOO', uri: 'sip:bob@example.test' }),
    'stateless 407 no-credentials',
  )
})

test('insecure: unauthenticated-requests is for own domains only, never outward', async () => {
  const ports = { needsNoCredentials: () => true }
  const context = contextOf({ ports })
  assert.equal(say(await authenticate.run(context)), 'next')
  assert.deepEqual(context.caller?.caller, { kind: 'unproven' })
  assert.equal(
    await tryStage(authenticate, { ports, uri: 'sip:x@elsewhere.test' }),
    'stateless 407 no-credentials',
  )
})

test('DIG-21 UAS-10: an ACK is never challenged', async () => {
  assert.equal(await tryStage(authenticate, { method: 'ACK', toTag: 'b1' }), 'drop ack-without-proof')
})

test('what a dialog proved is not asked again', async () => {
  const inDialog = { from: 'caller', towards: undefined, token: 't' } as never
  assert.equal(await tryStage(authenticate, { method: 'BYE', toTag: 'b1', context: { inDialog } }), 'next')
})
