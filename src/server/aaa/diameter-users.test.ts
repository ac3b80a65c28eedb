import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workerIdentity } from './diameter-links.ts'
import { DiameterUsers } from './diameter-users.ts'

const SERVED = new Map([
  ['example.test', { name: 'example.test', mode: 'proxy' as const }],
  ['other.test', { name: 'other.test', mode: 'proxy' as const }],
])

function users(): DiameterUsers {
  return new DiameterUsers({
    servedDomain: host => SERVED.get(host),
    isLocal: aor => aor === 'sip:boss@example.test',
  })
}

test('a user owns user@realm; a profile adds what lies in the realm and is no account of ours (DIA-07)', () => {
  const known = users()
  assert.deepEqual(known.grant('alice', 'example.test').aors, ['sip:alice@example.test'])
  const named = [
    'sip:support@example.test',
    'sip:boss@example.test',
    'sip:x@other.test',
    'sip:x@evil.test',
    '???',
  ]
  assert.equal(known.profile('alice', named), true)
  assert.deepEqual(known.grant('alice', 'example.test').aors, [
    'sip:alice@example.test',
    'sip:support@example.test',
  ])
  assert.equal(known.isGranted('sip:support@example.test'), true)
})

test('a new profile takes away what the old one gave, and who is forgotten has nothing (DIA-10)', () => {
  const known = users()
  known.grant('alice', 'example.test')
  known.profile('alice', ['sip:support@example.test'])
  known.profile('alice', [])
  assert.deepEqual(known.aorsOf('alice'), ['sip:alice@example.test'])
  assert.equal(known.isGranted('sip:support@example.test'), false)
  known.forget('alice')
  assert.deepEqual(
    [known.has('alice', 'example.test'), known.isGranted('sip:alice@example.test')],
    [false, false],
  )
})

test('a profile of somebody who never proved himself is taken from nobody', () => {
  assert.equal(users().profile('nobody', ['sip:support@example.test']), false)
})

test('the same name in two realms is two users', () => {
  const known = users()
  known.grant('alice', 'example.test')
  known.grant('alice', 'other.test')
  assert.deepEqual(known.aorsOf('alice'), ['sip:alice@example.test', 'sip:alice@other.test'])
})

test('each worker but the first has an identity of its own (RFC 6733 §5.6: one connection for each)', () => {
  assert.equal(workerIdentity('edge.example.net', undefined), 'edge.example.net')
  assert.equal(workerIdentity('edge.example.net', 0), 'edge.example.net')
  assert.equal(workerIdentity('edge.example.net', 1), 'edge-2.example.net')
})
