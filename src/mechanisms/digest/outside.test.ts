import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '../../base/secret.ts'
import { type AskOutside, isRightFor, type OutsideQuestion, recordOfHa1 } from './outside.ts'
import { makeHa1 } from './response.ts'
import { answer, KEYS, NOW_MS, outcome, PASSWORDS, policy, record, request } from './test-realm.ts'
import type { Verdict } from './verdict.ts'
import { digestState, verifyDigest } from './verify.ts'

const of = policy({ userhash: false, lookUp: () => assert.fail('the own accounts were looked at') })
const grant = { aors: ['sip:alice@example.test'] }

async function judged(
  ask: AskOutside,
  row = answer(of).value,
  state = digestState(KEYS, 0),
): Promise<Verdict> {
  return await verifyDigest({ ...request(), credentials: [row], askOutside: ask }, of, state)
}

/** What a right answer of a user asks, for the tests of questions. */
async function questionOf(user: string): Promise<OutsideQuestion> {
  let asked: OutsideQuestion | undefined
  await judged(question => {
    asked = question
    return { kind: 'rejected' }
  }, answer(of, { user }).value)
  return asked ?? assert.fail('nobody was asked')
}

test('RAD-03: whoever is asked gets the name to look up, and the name that was hashed', async () => {
  const question = await questionOf('alice@example.test')
  assert.deepEqual(question.query, { username: 'alice' })
  assert.equal(question.username, 'alice@example.test')
  assert.equal(question.realm, 'example.test')
  assert.equal(question.method, 'REGISTER')
  assert.equal(question.uri, 'sip:example.test')
  assert.equal(question.nc, '00000001')
})

test('a yes from elsewhere is a yes with its grant, and good once', async () => {
  const state = digestState(KEYS, 0)
  const row = answer(of).value
  const yes: AskOutside = () => ({ kind: 'accepted', user: 'alice', grant, rspauth: 'aa' })
  const first = await judged(yes, row, state)
  assert.ok(first.kind === 'accepted')
  assert.deepEqual(first.grant, grant)
  assert.match(first.authenticationInfo, /rspauth="aa"/)
  assert.equal(outcome(await judged(yes, row, state)), 'nonce-replayed')
})

test('without a proof from elsewhere there is no Authentication-Info', async () => {
  const verdict = await judged(() => ({ kind: 'accepted', user: 'alice', grant }))
  assert.ok(verdict.kind === 'accepted')
  assert.equal(verdict.authenticationInfo, '')
})

test('DIA-09: a hash that was handed over is checked here, and a wrong one is a wrong password', async () => {
  const { algorithm } = await questionOf('alice')
  const known = (password: string): AskOutside => {
    const ha1 = new Secret(makeHa1('sha256', 'alice', 'example.test', new Secret(password)))
    return () => Promise.resolve({ kind: 'known', record: recordOfHa1('alice', algorithm, ha1), grant })
  }
  assert.equal(outcome(await judged(known(PASSWORDS.alice))), 'accepted')
  assert.equal(outcome(await judged(known('another'))), 'wrong-credentials')
})

test('DIG-31: no from elsewhere and nobody known there are one verdict', async () => {
  assert.deepEqual(await judged(() => ({ kind: 'rejected' })), await judged(() => ({ kind: 'unknown-user' })))
})

test('RAD-11: that nobody could be asked is no wrong password, and counts against nobody', async () => {
  const state = digestState(KEYS, 0)
  for (let n = 0; n < 50; n++) {
    const verdict = await judged(
      () => Promise.resolve({ kind: 'unavailable', retryAfterSeconds: 5, why: 'aaa-unavailable' }),
      answer(of).value,
      state,
    )
    assert.equal(verdict.kind, 'unavailable')
  }
  assert.equal(state.guessing.waitMs('alice', '192.0.2.7', NOW_MS), 0)
})

test('DIG-17: right credentials for another Request-URI are refused, whoever found them right', async () => {
  const asked = request({ method: 'INVITE', requestUri: 'sip:bob@example.test' })
  const row = answer(of, { request: asked }).value
  const moved = {
    ...request({ method: 'INVITE', requestUri: 'sip:mallory@example.test' }),
    credentials: [row],
  }
  const askOutside: AskOutside = () => ({ kind: 'accepted', user: 'alice', grant })
  assert.equal(
    outcome(await verifyDigest({ ...moved, askOutside }, of, digestState(KEYS, 0))),
    'uri-mismatch',
  )
})

test('a nonce that is not ours is refused before anybody is asked', async () => {
  const row = answer(of).value.replace(/nonce="[^"]{8}/, 'nonce="AAAAAAAA')
  assert.equal(outcome(await judged(() => assert.fail('asked'), row)), 'nonce-altered')
})

test('a look at a question alone tells whether it is right for a user', async () => {
  const question = await questionOf('alice')
  assert.equal(isRightFor(question, record('alice')), true)
  assert.equal(isRightFor(question, record('alice', 'another')), false)
  assert.equal(isRightFor(question, { ...record('alice'), disabled: true }), false)
  assert.equal(isRightFor(await questionOf('alice@example.test'), record('alice')), false)
})
