import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../base/secret.ts'
import type { Algorithm } from './algorithm.ts'
import { challengeRows } from './challenge.ts'
import { answerChallenges, authorizeAgain, type ClientContext, clientMemory, verifyServer } from './client.ts'
import type { ChallengeRow } from './client-challenge.ts'
import {
  answer,
  HERE,
  judge,
  KEYS,
  NOW_MS,
  outcome,
  PASSWORDS,
  policy,
  request,
  seededRandom,
} from './test-realm.ts'
import { digestState } from './verify.ts'

const random = seededRandom('client test')
const asked = request({ method: 'INVITE', requestUri: 'sip:bob@example.test', body: 'v=0' })
const account = { username: 'alice', password: new Secret(PASSWORDS.alice ?? '') }
const context = (changes: Partial<ClientContext> = {}): ClientContext => ({
  memory: clientMemory(),
  accountFor: () => account,
  random,
  ...changes,
})
const www = (value: string): ChallengeRow => ({ field: 'WWW-Authenticate', value })
const proxy = (value: string): ChallengeRow => ({ field: 'Proxy-Authenticate', value })
const challenge = (algorithm: Algorithm | 'token', realm = 'example.test', more = '') =>
  `Digest realm="${realm}",nonce="n",algorithm=${algorithm},qop="auth"${more}`
const algorithmsAnswered = (rows: readonly ChallengeRow[], changes: Partial<ClientContext> = {}) => {
  const answers = answerChallenges(rows, asked, [], context(changes))
  return answers.ok
    ? answers.value.map(({ session }) => `${session.challenge.realm} ${session.challenge.algorithm}`)
    : answers.error
}

test('DIG-23: the topmost challenge that is understood is answered, one for each realm and field', () => {
  assert.deepEqual(
    algorithmsAnswered([
      www('Basic realm="example.test"'),
      www(challenge('token')),
      www(challenge('SHA-512-256')),
      www(challenge('SHA-256')),
      www(challenge('MD5', 'example.org')),
      proxy(challenge('SHA-256')),
      www('Digest realm="broken'),
    ]),
    ['example.test SHA-512-256', 'example.org MD5', 'example.test SHA-256'],
  )
  assert.equal(algorithmsAnswered([www('Basic realm="x"')]), 'no-challenge-understood')
  assert.equal(algorithmsAnswered([]), 'no-challenge-understood')
})

test('DIG-23: realms without an account are left alone', () => {
  const accountFor = (realm: string) => (realm === 'example.org' ? account : undefined)
  const rows = [www(challenge('SHA-256')), www(challenge('SHA-256', 'example.org'))]
  assert.deepEqual(algorithmsAnswered(rows, { accountFor }), ['example.org SHA-256'])
  assert.equal(algorithmsAnswered(rows, { accountFor: () => undefined }), 'no-account')
})

test('DIG-24: a realm once seen with SHA-2 is not answered with MD5', () => {
  const memory = clientMemory()
  assert.deepEqual(algorithmsAnswered([www(challenge('MD5'))], { memory }), ['example.test MD5'])
  assert.deepEqual(algorithmsAnswered([www(challenge('SHA-256'))], { memory }), ['example.test SHA-256'])
  assert.equal(algorithmsAnswered([www(challenge('MD5'))], { memory }), 'downgraded')
  const both = [www(challenge('MD5')), www(challenge('SHA-256'))]
  assert.deepEqual(algorithmsAnswered(both, { memory: clientMemory() }), ['example.test SHA-256'])
})

test('DIG-20: rejected credentials are not sent again, unless the nonce was stale', () => {
  const first = answerChallenges([www(challenge('SHA-256'))], asked, [], context())
  assert.ok(first.ok)
  const again = answerChallenges([www(challenge('SHA-256'))], asked, first.value, context())
  assert.equal(!again.ok && again.error, 'credentials-rejected')
  const other = { username: 'alice', password: new Secret('new') }
  assert.ok(
    answerChallenges([www(challenge('SHA-256'))], asked, first.value, context({ accountFor: () => other }))
      .ok,
  )
  let sent = first.value
  const stale = [www(challenge('SHA-256', 'example.test', ',stale=TRUE'))]
  for (let i = 0; i < 2; i++) {
    const next = answerChallenges(stale, asked, sent, context())
    assert.ok(next.ok)
    sent = next.value
  }
  const last = answerChallenges(stale, asked, sent, context())
  assert.equal(!last.ok && last.error, 'too-many-challenges')
})

test('DIG-03: a challenge without qop is answered only where legacy is allowed', () => {
  const row = www('Digest realm="example.test",nonce="n"')
  assert.equal(algorithmsAnswered([row]), 'no-challenge-understood')
  assert.deepEqual(algorithmsAnswered([row], { isLegacyAllowed: true }), ['example.test MD5'])
  assert.equal(
    algorithmsAnswered([www('Digest realm="x",nonce="n",qop="auth-conf"')]),
    'no-challenge-understood',
  )
})

test('DIG-10: credentials are quoted as the RFC quotes', () => {
  const answers = answerChallenges(
    [proxy(challenge('SHA-256', 'example.test', ',opaque="o"'))],
    asked,
    [],
    context(),
  )
  assert.ok(answers.ok)
  assert.equal(answers.value[0]?.field, 'Proxy-Authorization')
  assert.match(
    answers.value[0]?.value ?? '',
    /^Digest username="alice",realm="example.test",nonce="n",uri="sip:bob@example.test",response="[0-9a-f]{64}",algorithm=SHA-256,qop=auth,nc=00000001,cnonce="[\w-]{16}",opaque="o"$/,
  )
})

test('the count goes up with every request under one challenge, and the server takes each once', () => {
  const realm = policy({ qop: ['auth-int'] })
  const state = digestState(KEYS, NOW_MS)
  const first = answer(realm, { request: asked })
  const second = authorizeAgain(first.session, asked, random)
  const third = authorizeAgain(first.session, asked, random)
  assert.match(third.value, /nc=00000003/)
  for (const { value } of [third, first, second])
    assert.equal(outcome(judge(realm, state, value, asked)), 'accepted')
})

test('DIG-07: a session keeps the client nonce of its first answer', () => {
  const realm = policy({ algorithms: ['SHA-256-sess'] })
  const state = digestState(KEYS, NOW_MS)
  const first = answer(realm, { request: asked })
  const second = authorizeAgain(first.session, asked, random)
  for (const { value } of [first, second])
    assert.equal(outcome(judge(realm, state, value, asked)), 'accepted')
})

test('DIG-27: the server proves that it knows the password, over the body of its response', () => {
  const realm = policy()
  const sent = answer(realm, { request: asked })
  const verdict = judge(realm, digestState(KEYS, NOW_MS), sent.value, asked)
  assert.ok(verdict.kind === 'accepted')
  assert.ok(verifyServer(sent, verdict.authenticationInfo, '').ok)
  assert.ok(verifyServer(sent, verdict.authenticationInfoOver('v=1'), 'v=1').ok)
  const why = (value: string | undefined, body = '') => {
    const result = verifyServer(sent, value, body)
    return result.ok ? 'ok' : result.error
  }
  assert.equal(why(verdict.authenticationInfo, 'changed'), 'rspauth-wrong')
  assert.equal(why(undefined), 'rspauth-missing')
  assert.equal(why('nextnonce="x"'), 'rspauth-missing')
  assert.equal(why('rspauth="'), 'authentication-info-malformed')
  assert.equal(why(verdict.authenticationInfo.replace('nc=00000001', 'nc=00000002')), 'rspauth-missing')
  assert.equal(why(verdict.authenticationInfo.replace(/rspauth="./, 'rspauth="z')), 'rspauth-wrong')
  const rogue = judge(
    policy({ lookUp: () => undefined, acceptsAnonymous: true }),
    digestState(KEYS, NOW_MS),
    sent.value,
    asked,
  )
  assert.equal(outcome(rogue), 'wrong-credentials')
})

test('DIG-27: the next nonce of the server is used for the next request', () => {
  const realm = policy({ oneTimeNonce: true })
  const state = digestState(KEYS, NOW_MS)
  const first = answer(realm, { request: asked })
  const verdict = judge(realm, state, first.value, asked)
  assert.ok(verdict.kind === 'accepted')
  assert.ok(verifyServer(first, verdict.authenticationInfo, '').ok)
  const second = authorizeAgain(first.session, asked, random)
  assert.match(second.value, /nc=00000001/)
  assert.equal(outcome(judge(realm, state, second.value, asked)), 'accepted')
  assert.equal(outcome(judge(realm, state, first.value, asked)), 'nonce-replayed')
})

test('DIG-13: the client hides its name where the server offers to', () => {
  const rows = challengeRows(policy(), { method: 'INVITE', sourceClass: HERE, nowMs: NOW_MS, stale: false })
  const answers = answerChallenges(rows.map(www), asked, [], context())
  assert.ok(answers.ok)
  assert.match(answers.value[0]?.value ?? '', /username="[0-9a-f]{64}".*,userhash=true$/)
})

test('no challenge throws', () => {
  for (const value of [
    '',
    ' ',
    'Digest',
    'Digest ',
    'Digest =',
    'Digest realm',
    'Digest realm=',
    '\u0000',
    '"',
    ',',
  ])
    assert.equal(algorithmsAnswered([www(value)]), 'no-challenge-understood')
})
