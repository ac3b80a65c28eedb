import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { dateText } from '../../sip/headers/date.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { type SigningOrder, type SigningRefusal, signingKey, signRequest } from './sign.ts'
import {
  BASE_ORDER,
  callWith,
  issue,
  KEY,
  NOW,
  NOW_MS,
  PROVIDER,
  ROOT,
  SHAKEN_ORDER,
  UUID,
  X5U,
} from './test-authority.ts'

function tokenOf(request: SipRequest, order: SigningOrder): readonly [string, string] {
  const signed = signRequest(request, order, KEY, NOW_MS)
  assert.ok(signed.ok)
  const [header = '', payload = ''] = signed.value.identity.split('.', 2)
  return [Buffer.from(header, 'base64url').toString(), Buffer.from(payload, 'base64url').toString()]
}

function refusalOf(
  request: SipRequest,
  order: SigningOrder = BASE_ORDER,
  nowMs = NOW_MS,
): SigningRefusal | undefined {
  const signed = signRequest(request, order, KEY, nowMs)
  return signed.ok ? undefined : signed.error
}

test('header and payload have their keys in order and no white space, iat is a number (STA-03)', () => {
  const [header, payload] = tokenOf(callWith(), BASE_ORDER)
  assert.equal(header, `{"alg":"ES256","typ":"passport","x5u":"${X5U}"}`)
  assert.equal(payload, `{"dest":{"tn":["12155551213"]},"iat":${NOW},"orig":{"tn":"12155551212"}}`)
})

test('shaken has attest dest iat orig origid (STA-12)', () => {
  const [header, payload] = tokenOf(callWith(), SHAKEN_ORDER)
  assert.equal(header, `{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"${X5U}"}`)
  const rest = `"iat":${NOW},"orig":{"tn":"12155551212"},"origid":"${UUID}"}`
  assert.equal(payload, `{"attest":"A","dest":{"tn":["12155551213"]},${rest}`)
})

test('media keys stand as mky, in order (STA-08)', () => {
  const body = 'v=0\r\na=fingerprint:sha-256 4A:AD\r\na=fingerprint:sha-256 02:1A\r\n'
  const [, payload] = tokenOf(callWith({}, [], body), BASE_ORDER)
  const mky = '"mky":[{"alg":"sha-256","dig":"021A"},{"alg":"sha-256","dig":"4AAD"}]'
  assert.equal(payload, `{"dest":{"tn":["12155551213"]},"iat":${NOW},${mky},"orig":{"tn":"12155551212"}}`)
})

test('names and numbers may stand beside one another (STA-04)', () => {
  const [, payload] = tokenOf(callWith({ To: '<sip:"x@example.org>'.replace('"', '') }), BASE_ORDER)
  assert.equal(payload, `{"dest":{"uri":["sip:x@example.org"]},"iat":${NOW},"orig":{"tn":"12155551212"}}`)
})

test('Identity has info, alg and ppt; full form unless asked otherwise (STA-10)', () => {
  const signed = signRequest(callWith(), SHAKEN_ORDER, KEY, NOW_MS)
  assert.match(
    signed.ok ? signed.value.identity : '',
    new RegExp(`^[\\w-]+\\.[\\w-]+\\.[\\w-]{86};info=<${X5U}>;alg=ES256;ppt="shaken"$`),
  )
})

test('a Date is made where there is none, and iat is the Date (STA-02)', () => {
  const without = signRequest(callWith({ Date: undefined }), BASE_ORDER, KEY, NOW_MS + 5999)
  assert.ok(without.ok)
  assert.equal(without.value.date, dateText(NOW + 5))
  assert.equal(without.value.claims.iat, NOW + 5)
  const dated = signRequest(callWith({ Date: dateText(NOW - 60) }), BASE_ORDER, KEY, NOW_MS)
  assert.ok(dated.ok)
  assert.equal(dated.value.date, undefined)
  assert.equal(dated.value.claims.iat, NOW - 60)
})

test('what must not be signed is not (STA-02, STA-13)', () => {
  assert.equal(refusalOf(callWith({ Date: dateText(NOW - 61) })), 'date-off')
  assert.equal(refusalOf(callWith({ Date: dateText(NOW + 61) })), 'date-off')
  assert.equal(refusalOf(callWith({ Date: 'soon' })), 'date-malformed')
  assert.equal(
    refusalOf(callWith({ From: '<sip:anonymous@anonymous.invalid>;tag=1' })),
    'caller-not-signable',
  )
  assert.equal(refusalOf(callWith({ From: '<sip:anonymous@example.com>;tag=1' })), undefined)
  assert.equal(refusalOf(callWith({ From: '<sip:example.com>;tag=1' })), 'caller-not-signable')
  assert.equal(refusalOf(callWith({ To: '<sip:example.com>' })), 'callee-not-signable')
  assert.equal(refusalOf(callWith({}, [], 'v=0\r\na=fingerprint:x\r\n')), 'fingerprint-malformed')
  const over = NOW_MS + 2 * 86_400_000
  assert.equal(refusalOf(callWith({ Date: undefined }), BASE_ORDER, over), 'key-not-valid')
})

test('an order that contradicts itself is refused', () => {
  const rcd = { nam: 'Bob' }
  const orders: readonly SigningOrder[] = [
    { ...BASE_ORDER, ppt: 'div' },
    { ...BASE_ORDER, ppt: 'rsp' },
    { ...BASE_ORDER, ppt: 'shaken' },
    { ...BASE_ORDER, attest: 'A' },
    { ...SHAKEN_ORDER, origid: 'no uuid' },
    { ...SHAKEN_ORDER, form: 'compact' },
    { ...BASE_ORDER, form: 'compact', rcd },
    { ...BASE_ORDER, ppt: 'rcd' },
    { ...BASE_ORDER, rcdi: { '/icn': 'sha256-AA' } },
    { ...BASE_ORDER, rcd: { name: 'Bob' } },
  ]
  for (const order of orders)
    assert.equal(refusalOf(callWith(), order), 'order-impossible', JSON.stringify(order))
})

test('a key is P-256, its certificate’s, and found by https', () => {
  const { keyPem, chain } = PROVIDER
  assert.throws(() => signingKey(keyPem, chain, 'http://a.example'), { code: 'ERR_ASPIS_IDENTITY_X5U' })
  assert.throws(() => signingKey(keyPem, chain, 'https://a.example/>'), { code: 'ERR_ASPIS_IDENTITY_X5U' })
  assert.throws(() => signingKey('x', chain, X5U), { code: 'ERR_ASPIS_IDENTITY_KEY' })
  assert.throws(() => signingKey(ROOT.keyPem, chain, X5U), { code: 'ERR_ASPIS_IDENTITY_KEY' })
  const p384 = issue(ROOT, { curve: 'secp384r1' })
  assert.throws(() => signingKey(p384.keyPem, p384.chain, X5U), { code: 'ERR_ASPIS_IDENTITY_KEY' })
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const pem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString()
  assert.throws(() => signingKey(pem, chain, X5U), { code: 'ERR_ASPIS_IDENTITY_KEY' })
})
