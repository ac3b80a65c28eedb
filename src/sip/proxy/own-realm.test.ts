import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namesOwnRealm } from './own-realm.ts'

const isOwn = (realm: string): boolean => realm === 'example.test'

test('C10: a challenge in our realm is known in every spelling that a phone may take for it', () => {
  for (const row of [
    'Digest realm="example.test", nonce="x"',
    'digest nonce="x",realm=example.test',
    'Digest realm="EXAMPLE.test ", nonce="x"',
    'Digest realm="ex\\ample.test", nonce="x"',
    'Digest realm="other", realm="example.test", nonce="x"',
    'Digest realm="other", nonce="x", Digest realm="example.test", nonce="y"',
    'Digest realm="example.test" nonce="x"',
    'Basic realm="example.test"',
  ]) {
    assert.equal(namesOwnRealm(row, isOwn), true, row)
  }
})

test('DIG-26: a challenge of another realm, or of none, is not ours', () => {
  for (const row of ['Digest realm="other.test", nonce="x"', 'Digest nonce="x"', 'Bearer abc']) {
    assert.equal(namesOwnRealm(row, isOwn), false, row)
  }
})
