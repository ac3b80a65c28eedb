import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AspisError } from '../../base/errors.ts'
import { digestKeys } from './keys.ts'
import { makeNonce, type NonceBinding, nonceMadeMs, readNonce } from './nonce.ts'
import { NOW_MS, seededChance } from './test-realm.ts'

const secret = Buffer.alloc(32, 3)
const keys = digestKeys(secret, 5)
const binding: NonceBinding = { realm: 'example.test', algorithm: 'SHA-256', sourceClass: '192.0.2.7' }
const TTL_MS = 300_000
const fresh = () => makeNonce(NOW_MS, seededChance('n'), keys, binding)

test('DIG-15: a nonce is fresh for its time to live, and expired after it', () => {
  const nonce = fresh()
  assert.equal(nonce.length, 36)
  assert.equal(readNonce(nonce, NOW_MS, TTL_MS, keys, binding), 'fresh')
  assert.equal(readNonce(nonce, NOW_MS + TTL_MS, TTL_MS, keys, binding), 'fresh')
  assert.equal(readNonce(nonce, NOW_MS + TTL_MS + 1, TTL_MS, keys, binding), 'expired')
  assert.equal(readNonce(nonce, NOW_MS - 60_000, TTL_MS, keys, binding), 'expired')
  assert.equal(nonceMadeMs(nonce), NOW_MS)
})

test('DIG-15: a nonce of another realm, algorithm or key is altered', () => {
  const nonce = fresh()
  const judge = (changes: Partial<NonceBinding>) =>
    readNonce(nonce, NOW_MS, TTL_MS, keys, { ...binding, ...changes })
  assert.equal(judge({ realm: 'example.org' }), 'altered')
  assert.equal(judge({ algorithm: 'MD5' }), 'altered')
  assert.equal(readNonce(nonce, NOW_MS, TTL_MS, digestKeys(Buffer.alloc(32, 4), 5), binding), 'altered')
})

test('a nonce is good from the source that it was given to, and from no other', () => {
  const elsewhere = { ...binding, sourceClass: '192.0.2.8' }
  assert.equal(readNonce(fresh(), NOW_MS, TTL_MS, keys, elsewhere), 'other-source')
})

test('a nonce names the process that made it', () => {
  assert.equal(readNonce(fresh(), NOW_MS, TTL_MS, digestKeys(secret, 6), binding), 'other-node')
})

test('DIG-15: a nonce with any one character changed is altered', () => {
  const characters = fc.constantFrom(...'ABCxyz019-_= "\u00ff')
  fc.assert(
    fc.property(fc.nat(35), characters, (at, character) => {
      const nonce = fresh()
      fc.pre(nonce[at] !== character)
      const changed = nonce.slice(0, at) + character + nonce.slice(at + 1)
      assert.equal(readNonce(changed, NOW_MS, TTL_MS, keys, binding), 'altered')
    }),
  )
})

test('DIG-15: no text at all is a nonce of ours', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), text => {
      assert.equal(readNonce(text, NOW_MS, TTL_MS, keys, binding), 'altered')
    }),
  )
})

test('two nonces of the same moment differ', () => {
  const random = seededChance('x')
  const all = new Set(Array.from({ length: 100 }, () => makeNonce(NOW_MS, random, keys, binding)))
  assert.equal(all.size, 100)
})

test('a short key or a node out of range is our mistake, and says so', () => {
  assert.throws(() => digestKeys(Buffer.alloc(31), 0), AspisError)
  assert.throws(() => digestKeys(secret, 65_536), AspisError)
})
