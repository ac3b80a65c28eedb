import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ATTRIBUTE, type Attribute, CODE, first, fit, number32, octets } from './attributes.ts'
import { type DigestFacts, digestAttributes, judgeDigest } from './digest-attributes.ts'
import { readPacket, writePacket } from './packet.ts'

const FACTS: DigestFacts = {
  user: 'jörg',
  username: 'jörg@example.test',
  realm: 'the "example" value',
  method: 'INVITE',
  uri: 'sip:bob@example.test',
  algorithm: 'SHA-256',
  qop: 'auth',
  nonce: 'n0nce',
  nc: '00000001',
  cnonce: 'c\\n',
  opaque: undefined,
  response: 'ab'.repeat(32),
  bodyHash: undefined,
  aor: 'sip:j%C3%B6rg@example.test',
}
const HASH = 'cd'.repeat(32)

function judged(
  attributes: readonly Attribute[],
  changes: { facts?: Partial<DigestFacts>; code?: number; isProtected?: boolean } = {},
) {
  const packet = writePacket(changes.code ?? CODE.accessAccept, 1, Buffer.alloc(16), attributes)
  const read = readPacket(packet ?? assert.fail('too long'))
  assert.ok(read.ok)
  return judgeDigest(read.value, { ...FACTS, ...changes.facts }, changes.isProtected ?? false)
}
const why = (judgement: ReturnType<typeof judged>): string =>
  judgement.kind === 'rejected' ? judgement.why : 'accepted'

test('RAD-03: outer quotes go, escapes stay; one name is looked up, another was hashed', () => {
  const attributes = digestAttributes(FACTS, 'rfc5090')
  const text = (type: number) => first(attributes, type)?.toString('utf8')
  assert.equal(text(ATTRIBUTE.digestRealm), 'the \\"example\\" value')
  assert.equal(text(ATTRIBUTE.digestCnonce), 'c\\\\n')
  assert.equal(text(ATTRIBUTE.userName), 'jörg')
  assert.equal(text(ATTRIBUTE.digestUsername), 'jörg@example.test')
  assert.equal(text(ATTRIBUTE.sipAor), 'sip:j%C3%B6rg@example.test')
  assert.equal(first(attributes, ATTRIBUTE.digestOpaque), undefined)
})

test('RAD-06: with auth-int the hash of the body goes along', () => {
  const attributes = digestAttributes({ ...FACTS, qop: 'auth-int', bodyHash: HASH }, 'rfc5090')
  assert.equal(first(attributes, ATTRIBUTE.digestEntityBodyHash)?.toString(), HASH)
})

test('the form without qop has neither qop nor counts', () => {
  const attributes = digestAttributes({ ...FACTS, qop: undefined, nc: '', cnonce: '' }, 'rfc5090')
  for (const type of [ATTRIBUTE.digestQop, ATTRIBUTE.digestNonceCount, ATTRIBUTE.digestCnonce])
    assert.equal(first(attributes, type), undefined)
})

test('draft-sterman: each parameter is an attribute inside an attribute, with its own type and length', () => {
  const attributes = digestAttributes({ ...FACTS, user: 'a', username: 'a', realm: 'r' }, 'sterman')
  const parts = attributes
    .filter(({ type }) => type === ATTRIBUTE.stermanAttributes)
    .map(({ value }) => value)
  assert.deepEqual(parts[0], Buffer.from([1, 3, 'r'.charCodeAt(0)]))
  for (const part of parts) assert.equal(part[1], part.length)
  assert.deepEqual(
    parts.map(part => part[0]),
    [1, 2, 3, 4, 5, 6, 8, 9, 10],
  )
  assert.equal(first(attributes, ATTRIBUTE.stermanResponse)?.toString(), FACTS.response)
})

test('what is longer than an attribute fits into none', () => {
  assert.equal(fit(digestAttributes(FACTS, 'rfc5090')), true)
  assert.equal(fit(digestAttributes({ ...FACTS, uri: `sip:${'x'.repeat(250)}` }, 'rfc5090')), false)
})

test('RAD-13: a challenge is a refusal, and so is a yes to a service that we do not know', () => {
  assert.equal(why(judged([], { code: CODE.accessChallenge })), 'challenged')
  assert.equal(why(judged([], { code: CODE.accessReject })), 'rejected')
  assert.equal(why(judged([number32(ATTRIBUTE.serviceType, 6)])), 'service-unknown')
  assert.equal(why(judged([octets(ATTRIBUTE.serviceType, 'x')])), 'service-unknown')
  assert.equal(why(judged([number32(ATTRIBUTE.serviceType, 8)])), 'accepted')
})

test('RAD-06: a proof over a body that the server cannot have seen makes its yes a no', () => {
  const proof = [octets(ATTRIBUTE.digestResponseAuth, HASH)]
  assert.equal(why(judged(proof, { facts: { qop: 'auth-int' } })), 'auth-int-proof')
  assert.equal(why(judged(proof)), 'accepted')
})

test('RAD-09: a password hash is taken from a protected channel, or of a session alone', () => {
  const taken = (changes: Parameters<typeof judged>[1]): string | undefined => {
    const judgement = judged([octets(ATTRIBUTE.digestHa1, HASH)], changes)
    return judgement.kind === 'accepted' ? judgement.ha1?.reveal() : judgement.why
  }
  assert.equal(taken({}), undefined)
  assert.equal(taken({ isProtected: true }), HASH)
  assert.equal(taken({ facts: { algorithm: 'SHA-256-sess' } }), HASH)
})

test('a proof that is no hash of the right length is no proof, and reaches no header field', () => {
  for (const text of ['x'.repeat(64), `${HASH}0`, `ab"\r\nVia: ${'0'.repeat(54)}`]) {
    const judgement = judged([octets(ATTRIBUTE.digestResponseAuth, text)])
    assert.ok(judgement.kind === 'accepted')
    assert.equal(judgement.rspauth, undefined)
  }
})
