import assert from 'node:assert/strict'
import { test } from 'node:test'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { IdentityFailure } from './failure.ts'
import type { Party } from './party.ts'
import { type SigningKey, signingKey } from './sign.ts'
import { signDiversion } from './sign-diversion.ts'
import {
  BASE_ORDER,
  callWith,
  decided,
  identityOf,
  issue,
  KEY,
  NOW_MS,
  PROVIDER,
  ROOT,
  SHAKEN_ORDER,
  worldOf,
  X5U,
} from './test-authority.ts'
import { verifyRequest } from './verify.ts'

const tn = (value: string): Party => ({ kind: 'tn', value })
const BOB = tn('12155551213')
const CAROL = tn('12155551214')
const DAVE = tn('12155551215')
const TO_CAROL = 'sip:12155551214@example.com;user=phone'
const TO_DAVE = 'sip:12155551215@example.com;user=phone'

/** The div tokens that a diversion adds. */
function divert(
  request: SipRequest,
  left: Party,
  target: Party,
  key: SigningKey = KEY,
  nowMs = NOW_MS,
): readonly string[] {
  const signed = signDiversion(request, left, target, {}, key, nowMs)
  if (!signed.ok) throw new Error(signed.error)
  return signed.value.map(({ identity }) => identity)
}

const called = callWith({}, [identityOf(callWith(), SHAKEN_ORDER)])
const toCarol = [...called.headers(H.identity), ...divert(called, BOB, CAROL)]
const judge = (request: SipRequest, world = worldOf()) => decided(verifyRequest(request, world))
const failuresOf = (request: SipRequest, world = worldOf()): readonly (IdentityFailure | undefined)[] =>
  judge(request, world).results.map(result => result.failure)

test('a diverted call is accepted where it went, with its first caller, its attestation and who diverted (STA-14, STV-11)', () => {
  const changed = { INVITE: TO_CAROL, To: '<sip:carol@somewhere.example>' }
  const decision = judge(callWith(changed, toCarol))
  assert.equal(decision.isValid, true)
  assert.equal(decision.attestation, 'A')
  assert.deepEqual(decision.caller, tn('12155551212'))
  assert.deepEqual(decision.diversions, [BOB])
})

test('diversions follow one another, whatever the order of the header fields', () => {
  const atCarol = callWith({ INVITE: TO_CAROL }, toCarol)
  const toDave = [...toCarol, ...divert(atCarol, CAROL, DAVE)]
  assert.equal(toDave.length, 3)
  for (const values of [toDave, toDave.toReversed()])
    assert.deepEqual(judge(callWith({ INVITE: TO_DAVE, To: '<sip:x@y.example>' }, values)).diversions, [
      BOB,
      CAROL,
    ])
})

test('a div token is in full form and copies orig; one is enough for tokens of one caller', () => {
  const two = callWith({}, [identityOf(callWith()), identityOf(callWith(), SHAKEN_ORDER)])
  const [value = '', ...more] = divert(two, BOB, CAROL)
  assert.deepEqual(more, [])
  assert.match(value, /;ppt="div"$/)
  const payload = Buffer.from(value.split('.')[1] ?? '', 'base64url').toString()
  const rest = `"div":{"tn":"12155551213"},"iat":${NOW_MS / 1000},"orig":{"tn":"12155551212"}}`
  assert.equal(payload, `{"dest":{"tn":["12155551214"]},${rest}`)
})

test('a token in compact form can be diverted too', () => {
  const compact = callWith({}, [identityOf(callWith(), { ...BASE_ORDER, form: 'compact' })])
  const values = [...compact.headers(H.identity), ...divert(compact, BOB, CAROL)]
  assert.deepEqual(judge(callWith({ INVITE: TO_CAROL }, values)).diversions, [BOB])
})

test('nothing is diverted that has no token, does not move, or was not here (STA-14)', () => {
  const refusal = (request: SipRequest, left: Party, target: Party) => {
    const signed = signDiversion(request, left, target, {}, KEY, NOW_MS)
    return signed.ok ? undefined : signed.error
  }
  assert.equal(refusal(callWith(), BOB, CAROL), 'no-identity')
  assert.equal(refusal(called, BOB, BOB), 'destination-unchanged')
  assert.equal(refusal(called, DAVE, CAROL), 'no-identity')
})

test('the last diversion leads where the request goes, or the call is refused (STV-11)', () => {
  const decision = judge(callWith({ INVITE: TO_DAVE, To: '<sip:x@y.example>' }, toCarol))
  assert.deepEqual([decision.status, decision.failure], [438, 'chain-target-differs'])
})

test('where To is still the one who was called, a chain that leads elsewhere proves no diversion', () => {
  const decision = judge(callWith({ INVITE: TO_DAVE }, toCarol))
  assert.equal(decision.isValid, true)
  assert.deepEqual(decision.diversions, [])
  assert.deepEqual(
    decision.results.map(result => result.failure),
    [undefined, 'chain-target-differs'],
  )
})

test('a link that is missing, or a caller that differs, breaks the chain (STV-11)', () => {
  const atCarol = callWith({ INVITE: TO_CAROL }, toCarol)
  const [base = ''] = toCarol
  const [last = ''] = divert(atCarol, CAROL, DAVE)
  const lost = callWith({ INVITE: TO_DAVE, To: '<sip:x@y.example>' }, [base, last])
  assert.deepEqual(failuresOf(lost), ['chain-target-differs', 'chain-incomplete'])
  const other = { From: '<sip:12155550000@example.com;user=phone>;tag=1' }
  const [theirs = ''] = divert(callWith(other, [identityOf(callWith(other))]), BOB, CAROL)
  const mixed = callWith({ INVITE: TO_CAROL, To: '<sip:x@y.example>' }, [base, theirs])
  assert.deepEqual(failuresOf(mixed), ['chain-target-differs', 'chain-orig-differs'])
})

test('a div token alone proves nothing', () => {
  const decision = judge(callWith({ INVITE: TO_CAROL }, toCarol.slice(1)))
  assert.deepEqual([decision.status, decision.failure], [438, 'chain-incomplete'])
})

test('each diversion is signed by who may speak for the party that was left (STV-11)', () => {
  const other = 'https://other.example/cert'
  const thief = issue(ROOT, { numbers: [{ kind: 'one', number: '12155551214' }] })
  const key = signingKey(thief.keyPem, thief.chain, other)
  const values = [...called.headers(H.identity), ...divert(called, BOB, CAROL, key)]
  const world = worldOf({ [X5U]: PROVIDER.chain, [other]: thief.chain })
  const request = callWith({ INVITE: TO_CAROL, To: '<sip:x@y.example>' }, values)
  assert.deepEqual(failuresOf(request, world), ['chain-incomplete', 'number-not-authorised'])
  assert.equal(
    judge(request, worldOf({ ...{ [X5U]: PROVIDER.chain }, [other]: PROVIDER.chain })).isValid,
    false,
  )
})

test('a call that rang is as old as its first token may be; its diversion is fresh (STV-11)', () => {
  const later = NOW_MS + 100_000
  const values = [
    ...called.headers(H.identity),
    ...divert(callWith({ Date: undefined }, called.headers(H.identity)), BOB, CAROL, KEY, later),
  ]
  const request = callWith({ INVITE: TO_CAROL }, values)
  assert.equal(judge(request, worldOf(undefined, {}, later)).isValid, true)
  const strict = judge(request, worldOf(undefined, { maxDivertedAgeSeconds: 60 }, later))
  assert.deepEqual([strict.status, strict.failure], [403, 'iat-stale'])
  assert.equal(judge(request, worldOf(undefined, {}, later + 61_000)).isValid, false)
})

test('a div token without div, or with another token inside, is malformed (RFC 8946 §3)', async () => {
  const { base64url, signParts } = await import('./passport.ts')
  const { writeIdentity } = await import('./identity-header.ts')
  const claims = { dest: { tn: ['12155551214'] }, iat: NOW_MS / 1000, orig: { tn: '12155551212' } }
  for (const more of [
    {},
    { div: { tn: '12155551213', uri: 'sip:a@b.c' } },
    { div: { tn: '12155551213' }, opt: 'a.b.c' },
  ]) {
    const body = base64url(JSON.stringify({ ...claims, ...more }))
    const token = `${KEY.headers.div}.${body}.${signParts(KEY.headers.div, body, KEY.key)}`
    assert.deepEqual(failuresOf(callWith({ INVITE: TO_CAROL }, [writeIdentity(token, X5U, 'div')])), [
      'div-malformed',
    ])
  }
})
