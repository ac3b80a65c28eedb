import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestFrom, requestText } from '../../../test/support/sip-text.ts'
import { contextOf, say, type Trial } from '../../../test/support/stage-context.ts'
import type { Caller } from '../caller.ts'
import { bindIdentity } from './bind-identity.ts'

const alice: Caller = {
  kind: 'user',
  user: 'alice',
  domain: 'example.test',
  aors: ['sip:alice@example.test'],
}
const carrier: Caller = { kind: 'trunk', trunk: 'carrier', identities: ['carrier.test'] }
const trunk = {
  name: 'carrier',
  identities: ['carrier.test'],
  reachesOwnUsers: true,
  isTrusted: false,
  domains: ['carrier.test'],
}

/** The verdict for a request with such a From and To. */
async function bound(
  caller: Caller | undefined,
  from: string,
  to: string,
  trial: Trial = {},
): Promise<string> {
  const text = requestText(trial)
    .replace('To: <sip:bob@example.test>', `To: <${to}>`)
    .replace('From: <sip:alice@example.test>', `From: <${from}>`)
  const context = contextOf({
    ...trial,
    context: { request: requestFrom(text), caller: caller === undefined ? undefined : ({ caller } as never) },
  })
  return say(await bindIdentity.run(context))
}

test('DIG-18: a good password speaks for its own addresses only', async () => {
  for (const from of [
    'sip:alice@example.test',
    'sips:alice@example.test',
    'sip:%61lice@EXAMPLE.test;user=phone',
  ]) {
    assert.equal(await bound(alice, from, 'sip:bob@example.test'), 'next', from)
  }
  for (const from of [
    'sip:bob@example.test',
    'sip:ALICE@example.test',
    'sip:alice@elsewhere.test',
    'sip:example.test',
    'tel:+4420',
    'sip:alice%00@example.test',
  ]) {
    assert.equal(await bound(alice, from, 'sip:bob@example.test'), 'reply 403 from-not-yours', from)
  }
})

test('STV-15, D02: a user does not say of himself that a verification service found him valid', async () => {
  for (const from of [
    'sip:alice@example.test;verstat=TN-Validation-Passed',
    'sip:alice@example.test;user=phone;VERSTAT=TN-Validation-Passed',
    'sip:alice@example.test;%76erstat=TN-Validation-Passed',
    'sip:alice@example.test;verstat',
  ]) {
    assert.equal(await bound(alice, from, 'sip:bob@example.test'), 'reply 403 verstat-forged', from)
  }
  const numbered: Caller = { ...alice, aors: ['sip:+4420;verstat=TN-Validation-Passed@example.test'] }
  const from = 'sip:+4420;verstat=TN-Validation-Passed@example.test'
  assert.equal(await bound(numbered, from, 'sip:bob@example.test'), 'reply 403 verstat-forged')
})

test('REG-02: of a REGISTER the address in To must be the user’s', async () => {
  const register: Trial = { method: 'REGISTER', uri: 'sip:example.test' }
  assert.equal(await bound(alice, 'sip:bob@example.test', 'sip:alice@example.test', register), 'next')
  assert.equal(
    await bound(alice, 'sip:alice@example.test', 'sip:bob@example.test', register),
    'reply 403 not-your-aor',
  )
})

test('RFC 3324: a trunk whose word is trusted brings callers of other domains, never of ours', async () => {
  const ports = { trunkOf: () => ({ ...trunk, isTrusted: true }) }
  for (const from of ['sip:anonymous@anonymous.invalid', 'sip:+15550100@third.test']) {
    assert.equal(await bound(carrier, from, 'sip:bob@example.test', { ports }), 'next', from)
  }
  const ours = await bound(carrier, 'sip:alice@example.test', 'sip:bob@example.test', { ports })
  assert.equal(ours, 'reply 403 from-is-ours')
})

test('TLS-11: a trunk speaks for its own domains, never for ours', async () => {
  const ports = { trunkOf: () => trunk }
  const call = (from: string, trial: Trial = {}) =>
    bound(carrier, from, 'sip:bob@example.test', { ports, ...trial })
  assert.equal(await call('sip:x@carrier.test'), 'next')
  assert.equal(await call('tel:+4420'), 'next')
  assert.equal(await call('sip:x@elsewhere.test'), 'reply 403 from-not-the-trunks')
  assert.equal(await call('sip:alice@example.test'), 'reply 403 from-is-ours')
  assert.equal(
    await call('sip:x@carrier.test', { method: 'REGISTER', uri: 'sip:example.test' }),
    'reply 403 trunk-registers',
  )
  assert.equal(await call('sip:x@carrier.test', { ports: {} }), 'reply 403 trunk-unknown')
  assert.equal(
    await call('sip:x@carrier.test', { ports: { trunkOf: () => ({ ...trunk, name: 'other' }) } }),
    'reply 403 trunk-unknown',
  )
})

test('who has proved nothing is bound to nothing', async () => {
  assert.equal(await bound({ kind: 'unproven' }, 'sip:x@y.z', 'sip:bob@example.test'), 'next')
  assert.equal(await bound(undefined, 'sip:x@y.z', 'sip:bob@example.test'), 'next')
})
