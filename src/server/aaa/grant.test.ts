import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantOf } from './grant.ts'

const ground = {
  servedDomain: (host: string) =>
    host === 'example.test' || host === 'alias.test'
      ? ({ name: 'example.test', mode: 'proxy' } as const)
      : undefined,
  isLocal: (aor: string) => aor === 'sip:boss@example.test' || aor === 'sip:local@example.test',
}
const granted = (user: string, ...named: string[]) => grantOf(user, 'example.test', named, ground).aors

test('RAD-08: a user of a server owns user@realm, whatever stands in the name', () => {
  assert.deepEqual(granted('alice'), ['sip:alice@example.test'])
  assert.deepEqual(granted('al%69ce'), ['sip:al%2569ce@example.test'])
  assert.deepEqual(granted('bob@other.test'), ['sip:bob%40other.test@example.test'])
})

test('what a server names beside it counts inside the realm alone', () => {
  const aors = [
    'sip:+4420@example.test',
    'sip:desk@alias.test',
    'sip:head@foreign.test',
    'tel:+4420',
    'not a uri',
  ]
  assert.deepEqual(granted('alice', ...aors), [
    'sip:alice@example.test',
    'sip:+4420@example.test',
    'sip:desk@example.test',
  ])
})

test('what an account of ours has is granted to nobody else', () => {
  assert.deepEqual(granted('local'), [])
  assert.deepEqual(granted('alice', 'sip:boss@example.test'), ['sip:alice@example.test'])
})
