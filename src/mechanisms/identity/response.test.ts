import assert from 'node:assert/strict'
import { test } from 'node:test'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest, SipResponse } from '../../sip/message/message.ts'
import { responseOf, textOf } from '../../sip/message/message-fixture.ts'
import { foreignReasons, ppiOf, reasonValue } from './decision.ts'
import type { Party } from './party.ts'
import { type SigningKey, signingKey } from './sign.ts'
import { signDiversion } from './sign-diversion.ts'
import { signResponse } from './sign-response.ts'
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
  worldOf,
  X5U,
} from './test-authority.ts'
import { verifyRequest } from './verify.ts'
import { checkConnected, connectedPartyOf, verifyResponse } from './verify-response.ts'

const BOB: Party = { kind: 'tn', value: '12155551213' }
const CAROL: Party = { kind: 'tn', value: '12155551214' }

const invite = callWith({}, [identityOf(callWith())])

function rspOf(request: SipRequest, reached: Party, key: SigningKey = KEY): string {
  const signed = signResponse(request, reached, {}, key, NOW_MS)
  if (!signed.ok) throw new Error(signed.error)
  return signed.value.identity
}

function answerWith(identities: readonly string[]): SipResponse {
  const lines = [
    'SIP/2.0 200 OK',
    'Via: SIP/2.0/TLS 192.0.2.4;branch=z9hG4bKnashds8',
    'From: "Bob" <sip:12155551212@example.com;user=phone>;tag=1928301774',
    'To: <sip:12155551213@example.com;user=phone>;tag=a6c85cf',
    'Call-ID: a84b4c76e66710',
    'CSeq: 314159 INVITE',
    ...identities.map(value => `Identity: ${value}`),
  ]
  return responseOf(textOf(lines))
}

const judge = (identities: readonly string[], world = worldOf()) =>
  decided(verifyResponse(answerWith(identities), invite, world))

test('an answer says who was reached, signed for that party (STA-15)', () => {
  const decision = judge([rspOf(invite, BOB)])
  assert.equal(decision.isValid, true)
  assert.deepEqual(decision.reached, BOB)
  assert.equal(decision.caller, undefined)
})

test('only an answer to a signed request is signed (RFC 9970 §13)', () => {
  const signed = signResponse(callWith(), BOB, {}, KEY, NOW_MS)
  assert.equal(signed.ok ? undefined : signed.error, 'no-identity')
})

test('another party than was called is believed with the diversions that lead there, and only so (RFC 9970 §5)', () => {
  const signed = signResponse(invite, CAROL, {}, KEY, NOW_MS)
  assert.equal(signed.ok ? undefined : signed.error, 'no-identity')
  const div = signDiversion(invite, BOB, CAROL, {}, KEY, NOW_MS)
  assert.ok(div.ok)
  const [token = ''] = div.value.map(({ identity }) => identity)
  const diverted = callWith({}, [...invite.headers(H.identity), token])
  const rsp = rspOf(diverted, CAROL)
  const decision = judge([rsp, token])
  assert.deepEqual(decision.reached, CAROL)
  assert.deepEqual(decision.diversions, [BOB])
  assert.deepEqual(
    judge([rsp]).results.map(result => result.failure),
    ['dest-differs'],
  )
})

test('an answer in the name of somebody else is not believed', () => {
  const other = issue(ROOT, { numbers: [{ kind: 'one', number: '19995551212' }] })
  const key = signingKey(other.keyPem, other.chain, X5U)
  const decision = judge([rspOf(invite, BOB, key)], worldOf({ [X5U]: other.chain }))
  assert.equal(decision.failure, 'number-not-authorised')
})

test('a token for requests proves nothing in an answer', () => {
  const decision = judge(invite.headers(H.identity))
  assert.deepEqual([decision.isValid, decision.failure], [false, 'request-only'])
})

test('a stale answer, and one of another call, are not believed', () => {
  const rsp = rspOf(invite, BOB)
  assert.equal(judge([rsp], worldOf(undefined, {}, NOW_MS + 61_000)).failure, 'iat-stale')
  const other = callWith({ From: '<sip:12155550001@example.com;user=phone>;tag=1' })
  assert.equal(decided(verifyResponse(answerWith([rsp]), other, worldOf())).failure, 'orig-differs')
})

test('a later request of that side comes from who was reached, signed with the same certificate (RFC 9970 §6)', () => {
  const connected = connectedPartyOf(judge([rspOf(invite, BOB)]))
  assert.ok(connected)
  const back = {
    INVITE: 'sip:12155551212@192.0.2.4',
    From: '<sip:12155551213@example.com;user=phone>;tag=a6c85cf',
    To: '<sip:12155551212@example.com;user=phone>;tag=1928301774',
  }
  const bye = decided(verifyRequest(callWith(back, [identityOf(callWith(back))]), worldOf()))
  assert.equal(checkConnected(connected, bye), undefined)

  const twin = issue(ROOT, { numbers: [{ kind: 'spc', code: '1' }] })
  const forged = identityOf(callWith(back), BASE_ORDER, signingKey(twin.keyPem, twin.chain, X5U))
  const other = decided(verifyRequest(callWith(back, [forged]), worldOf({ [X5U]: twin.chain })))
  assert.equal(other.isValid, true)
  assert.equal(checkConnected(connected, other), 'signer-differs')
  const bare = decided(verifyRequest(callWith(back), worldOf()))
  assert.equal(checkConnected(connected, bare), 'signer-differs')
})

test('a needed certificate is asked for', () => {
  assert.deepEqual(verifyResponse(answerWith([rspOf(invite, BOB)]), invite, worldOf({})), {
    kind: 'needs-fetch',
    x5us: [X5U],
  })
})

test('Reason values about tokens of ours go no further, others do (STV-10)', () => {
  const ours = ppiOf(identityOf(callWith()))
  const theirs = ppiOf(identityOf(callWith(), BASE_ORDER, signingKey(PROVIDER.keyPem, PROVIDER.chain, X5U)))
  const about = (ppi: string) => reasonValue(438, 'Invalid Identity Header', ppi)
  const q850 = 'Q.850;cause=16;text="Terminated"'
  const full = `STIR ;cause=438 ;text="x" ;ppi="a.b.${ours.slice(2)}"`
  const left = foreignReasons([about(ours), about(theirs), about(''), q850, full], new Set([ours]))
  assert.deepEqual(left, [about(theirs), q850])
  assert.deepEqual(foreignReasons([about('')], new Set()), [about('')])
})
