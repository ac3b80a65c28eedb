import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateText } from '../../sip/headers/date.ts'
import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { IdentityFailure } from './failure.ts'
import { writeIdentity } from './identity-header.ts'
import { type JsonObject, writeJson } from './json.ts'
import { base64url, headerPart, signParts } from './passport.ts'
import type { VerificationWorld } from './policy.ts'
import { signingKey } from './sign.ts'
import {
  BASE_ORDER,
  callWith,
  decided,
  identityOf,
  issue,
  KEY,
  NOW,
  NOW_MS,
  PROVIDER,
  ROOT,
  SHAKEN_ORDER,
  UUID,
  worldOf,
  X5U,
} from './test-authority.ts'
import { verifyRequest } from './verify.ts'

const judge = (request: SipRequest, world: VerificationWorld = worldOf()) =>
  decided(verifyRequest(request, world))

/** Status, and the failure that decided. */
function refused(
  request: SipRequest,
  world?: VerificationWorld,
): readonly [number, IdentityFailure | undefined] {
  const { status, failure, isValid } = judge(request, world)
  assert.equal(isValid, false)
  return [status, failure]
}

/** A token of any header and payload, signed with the right key. */
function forged(header: JsonObject, payload: JsonObject, ppt = ''): string {
  const head = base64url(writeJson(header))
  const body = base64url(writeJson(payload))
  return writeIdentity(`${head}.${body}.${signParts(head, body, KEY.key)}`, X5U, ppt)
}

const HEADER = { alg: 'ES256', typ: 'passport', x5u: X5U }
const PAYLOAD = { dest: { tn: ['12155551213'] }, iat: NOW, orig: { tn: '12155551212' } }

test('a signed call is accepted, with the caller from the signalling (STV-01, STV-06)', () => {
  const decision = judge(callWith({}, [identityOf(callWith())]))
  assert.equal(decision.isValid, true)
  assert.equal(decision.status, 200)
  assert.deepEqual(decision.caller, { kind: 'tn', value: '12155551212' })
  assert.deepEqual(decision.reasons, [])
  assert.equal(decision.attestation, undefined)
})

test('a shaken token gives attestation and origid (STA-12)', () => {
  const decision = judge(callWith({}, [identityOf(callWith(), SHAKEN_ORDER)]))
  assert.equal(decision.attestation, 'A')
  assert.equal(decision.origid, UUID)
})

test('a name is proven by the domain of the certificate (STC-06)', () => {
  const names = { From: '<sip:Alice@Example.COM:5062;transport=tls>;tag=1', To: '<sip:bob@example.org>' }
  const decision = judge(callWith(names, [identityOf(callWith(names))]))
  assert.deepEqual(decision.caller, { kind: 'uri', value: 'sip:alice@example.com' })
})

test('the compact form says the same with the message (STA-10)', () => {
  const identity = identityOf(callWith(), { ...BASE_ORDER, form: 'compact' })
  assert.match(identity, /^\.\.[\w-]{86};info=</)
  assert.equal(judge(callWith({}, [identity])).isValid, true)
})

test('a certificate that is not here is asked for, each once, and nothing is noted (STV-13)', () => {
  const request = callWith({}, [identityOf(callWith()), identityOf(callWith(), SHAKEN_ORDER)])
  assert.deepEqual(verifyRequest(request, worldOf({})), { kind: 'needs-fetch', x5us: [X5U] })
})

test('no certificate is asked for a token that does not fit the request', () => {
  const identity = identityOf(callWith())
  const request = callWith({ From: '<sip:19995551212@example.com;user=phone>;tag=1' }, [identity])
  assert.equal(verifyRequest(request, worldOf({})).kind, 'decided')
})

test('without Identity the answer is 428 Use Identity Header (STV-02)', () => {
  const { status, phrase, failure, reasons } = judge(callWith())
  assert.deepEqual([status, phrase, failure, reasons], [428, 'Use Identity Header', undefined, []])
})

test('a type that is not known is as if it were not there, and 428 says so (STV-02)', () => {
  const request = callWith({}, [forged({ ...HEADER, ppt: 'msgi' }, PAYLOAD, 'msgi')])
  assert.deepEqual(refused(request), [428, 'ppt-unsupported'])
  const { status, phrase, reasons } = judge(request)
  assert.deepEqual([status, phrase, reasons], [428, 'Use Supported PASSporT Format', []])
})

test('what the token says and the request does not, is 438 (STV-06)', () => {
  const identity = identityOf(callWith())
  const from = callWith({ From: '<sip:12155559999@example.com;user=phone>;tag=1' }, [identity])
  assert.deepEqual(refused(from), [438, 'orig-differs'])
  const to = callWith({ To: '<sip:12155559999@example.com;user=phone>' }, [identity])
  assert.deepEqual(refused(to), [438, 'dest-differs'])
})

test('what is too old is 403 Stale Date, and what is from the future too (STV-05)', () => {
  const request = callWith({}, [identityOf(callWith())])
  const late = judge(request, worldOf(undefined, {}, NOW_MS + 61_000))
  assert.deepEqual([late.status, late.phrase, late.failure], [403, 'Stale Date', 'iat-stale'])
  assert.deepEqual(refused(request, worldOf(undefined, {}, NOW_MS - 61_000)), [403, 'iat-future'])
  assert.equal(judge(request, worldOf(undefined, {}, NOW_MS + 60_000)).isValid, true)
})

test('Date is to be fresh too, and the compact form needs it', () => {
  const identity = identityOf(callWith())
  const old = callWith({ Date: dateText(NOW - 100) }, [identity])
  assert.deepEqual(refused(old), [403, 'date-stale'])
  assert.deepEqual(refused(callWith({ Date: dateText(NOW + 100) }, [identity])), [403, 'date-future'])
  assert.deepEqual(refused(callWith({ Date: 'yesterday' }, [identity])), [438, 'date-malformed'])
  assert.equal(judge(callWith({ Date: undefined }, [identity])).isValid, true)
  const compact = identityOf(callWith(), { ...BASE_ORDER, form: 'compact' })
  assert.deepEqual(refused(callWith({ Date: undefined }, [compact])), [438, 'date-missing'])
  assert.deepEqual(refused(callWith({ Date: dateText(NOW + 1) }, [compact])), [438, 'signature-wrong'])
})

test('a token that was used for another call is 438, of its own call it is good again (STV-07)', () => {
  const world = worldOf()
  const identity = identityOf(callWith())
  assert.equal(judge(callWith({}, [identity]), world).isValid, true)
  assert.equal(judge(callWith({}, [identity]), world).isValid, true)
  assert.deepEqual(refused(callWith({ 'Call-ID': 'another' }, [identity]), world), [438, 'replayed'])
})

test('the other s of a signature does not make a used token new (STV-07)', () => {
  const world = worldOf()
  const identity = identityOf(callWith())
  const [head = '', payload = '', rest = ''] = identity.split('.', 3)
  const signature = Buffer.from(rest.slice(0, 86), 'base64url')
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const s = order - BigInt(`0x${signature.subarray(32).toString('hex')}`)
  const other = Buffer.concat([
    signature.subarray(0, 32),
    Buffer.from(s.toString(16).padStart(64, '0'), 'hex'),
  ])
  const twin = identity.replace(
    `${head}.${payload}.${rest.slice(0, 86)}`,
    `${head}.${payload}.${other.toString('base64url')}`,
  )
  assert.equal(judge(callWith({}, [twin])).isValid, true)
  assert.equal(judge(callWith({}, [identity]), world).isValid, true)
  assert.deepEqual(refused(callWith({ 'Call-ID': 'another' }, [twin]), world), [438, 'replayed'])
  assert.deepEqual(refused(callWith({}, [identity, twin])), [438, 'header-duplicate'])
})

test('a token that stands twice counts not even once', () => {
  const identity = identityOf(callWith())
  assert.deepEqual(refused(callWith({}, [identity, identity])), [438, 'header-duplicate'])
})

test('too many Identity header fields are not looked at', () => {
  const many = Array.from({ length: 7 }, () => identityOf(callWith()))
  assert.deepEqual(refused(callWith({}, many)), [438, 'too-many'])
})

test('one valid token is enough, and the others are reported one by one (STV-04, STV-09)', () => {
  const good = identityOf(callWith())
  const bad = identityOf(callWith({ To: '<sip:alice@example.com>' }))
  const decision = judge(callWith({}, [bad, good]))
  assert.equal(decision.isValid, true)
  assert.deepEqual(
    decision.results.map(result => result.failure),
    ['dest-differs', undefined],
  )
  const signature = bad.slice(bad.lastIndexOf('.', bad.indexOf(';')) + 1, bad.indexOf(';'))
  assert.deepEqual(decision.reasons, [`STIR;cause=438;text="Invalid Identity Header";ppi="..${signature}"`])
})

test('a lone failure has its Reason without ppi (STV-09)', () => {
  const { reasons } = judge(callWith({}, ['x']))
  assert.deepEqual(reasons, ['STIR;cause=438;text="Invalid Identity Header"'])
})

test('436 when no certificate can be had, 437 when one is not accepted, 438 when a token is wrong (STV-03)', () => {
  const other = 'https://other.example/cert'
  const second = signingKey(PROVIDER.keyPem, PROVIDER.chain, other)
  const request = callWith({}, [identityOf(callWith()), identityOf(callWith(), BASE_ORDER, second)])
  const bad = worldOf()
  const failing = (first: IdentityFailure, next: IdentityFailure): VerificationWorld => ({
    ...bad,
    lookUp: x5u => ({ kind: 'failure', failure: x5u === X5U ? first : next }),
  })
  const both = judge(request, failing('credential-fetch-failed', 'credential-too-large'))
  assert.deepEqual([both.status, both.phrase], [436, 'Bad Identity Info'])
  const mixed = judge(request, failing('credential-fetch-failed', 'certificate-untrusted'))
  assert.deepEqual(
    [mixed.status, mixed.phrase, mixed.failure],
    [437, 'Unsupported Credential', 'certificate-untrusted'],
  )
  const wrong = judge(
    callWith({}, [...request.headers(H.identity), 'x']),
    failing('credential-fetch-failed', 'certificate-untrusted'),
  )
  assert.deepEqual([wrong.status, wrong.failure], [438, 'header-malformed'])
})

test('a key of somebody else is 438, whatever its certificate may sign', () => {
  const thief = issue(ROOT, { numbers: [{ kind: 'spc', code: '1234' }] })
  const identity = identityOf(callWith(), BASE_ORDER, signingKey(thief.keyPem, thief.chain, X5U))
  assert.deepEqual(refused(callWith({}, [identity])), [438, 'signature-wrong'])
})

test('a number outside the list and a domain outside the certificate are 438 (STC-02, STC-06)', () => {
  const number = { From: '<sip:+442079460000@example.com>;tag=1' }
  assert.deepEqual(refused(callWith(number, [identityOf(callWith(number))])), [438, 'number-not-authorised'])
  const name = { From: '<sip:bob@biloxi.example>;tag=1' }
  assert.deepEqual(refused(callWith(name, [identityOf(callWith(name))])), [438, 'uri-not-authorised'])
  const below = { From: '<sip:bob@sub.example.com>;tag=1' }
  assert.deepEqual(refused(callWith(below, [identityOf(callWith(below))])), [438, 'uri-not-authorised'])
})

test('a domain cannot vouch for a number by calling it a name', () => {
  const uri = 'sip:+442079460000@example.com'
  const identity = forged(HEADER, { ...PAYLOAD, orig: { uri } })
  for (const label of ['', ';user=phone'])
    assert.deepEqual(refused(callWith({ From: `<${uri}${label}>;tag=1` }, [identity])), [438, 'orig-differs'])
})

test('digits without a label are the number that the token says (RFC 8224 §8.1)', () => {
  const request = callWith({ From: '<sip:12155551212@example.com>;tag=1' }, [forged(HEADER, PAYLOAD)])
  assert.equal(judge(request).isValid, true)
})

test('an asserted identity counts where the deployment gives it', () => {
  const asserted = callWith({ From: '<sip:12155551212@example.com;user=phone>;tag=1' }).from.uri
  const request = callWith({ From: '<sip:anonymous@anonymous.invalid>;tag=1' }, [identityOf(callWith())])
  assert.deepEqual(refused(request), [438, 'orig-differs'])
  assert.equal(decided(verifyRequest(request, worldOf(), { asserted })).isValid, true)
})

test('the header of a token may say one thing only (STV-08)', () => {
  const cases: readonly (readonly [JsonObject, IdentityFailure])[] = [
    [{ ...HEADER, alg: 'none' }, 'alg-not-es256'],
    [{ ...HEADER, alg: 'HS256' }, 'alg-not-es256'],
    [{ ...HEADER, alg: 'es256' }, 'alg-not-es256'],
    [{ ...HEADER, typ: 'JWT' }, 'typ-not-passport'],
    [{ ...HEADER, x5u: 'https://cert.example.org/passport.ce' }, 'info-not-x5u'],
    [{ ...HEADER, x5u: 7 }, 'info-not-x5u'],
    [{ ...HEADER, crit: ['exp'] }, 'crit-unsupported'],
    [{ ...HEADER, ppt: 'shaken' }, 'ppt-differs'],
    [{ ...HEADER, ppt: '' }, 'ppt-differs'],
  ]
  for (const [header, failure] of cases)
    assert.deepEqual(refused(callWith({}, [forged(header, PAYLOAD)])), [438, failure], JSON.stringify(header))
})

test('claims that are not as they must be are refused (STA-03, STA-04, STV-08)', () => {
  const { dest, iat, orig } = PAYLOAD
  const cases: readonly (readonly [JsonObject, IdentityFailure])[] = [
    [{ dest, iat }, 'orig-malformed'],
    [{ dest, iat, orig: { tn: '+12155551212' } }, 'orig-malformed'],
    [{ dest, iat, orig: { tn: ['12155551212'] } }, 'orig-malformed'],
    [{ dest, iat, orig: { tn: '12155551212', uri: 'sip:a@b.example' } }, 'orig-malformed'],
    [{ iat, orig }, 'dest-malformed'],
    [{ dest: { tn: '12155551213' }, iat, orig }, 'dest-malformed'],
    [{ dest: { tn: [] }, iat, orig }, 'dest-malformed'],
    [{ dest: [{ tn: ['12155551213'] }], iat, orig }, 'dest-malformed'],
    [{ dest, orig }, 'iat-malformed'],
    [{ dest, iat: String(NOW), orig }, 'iat-malformed'],
    [{ dest, iat: NOW + 0.5, orig }, 'iat-malformed'],
    [{ dest, iat: -1, orig }, 'iat-malformed'],
    [{ dest, iat, orig, mky: 'x' }, 'mky-malformed'],
  ]
  for (const [payload, failure] of cases)
    assert.deepEqual(
      refused(callWith({}, [forged(HEADER, payload)])),
      [438, failure],
      JSON.stringify(payload),
    )
  const tolerant = worldOf(undefined, { allowsStringIat: true })
  assert.equal(
    judge(callWith({}, [forged(HEADER, { dest, iat: String(NOW), orig })]), tolerant).isValid,
    true,
  )
})

test('a token that is no JSON, or has a key twice, is refused (STV-08)', () => {
  const { dest, iat, orig } = PAYLOAD
  const twice = `{"dest":${JSON.stringify(dest)},"iat":${iat},"orig":${JSON.stringify(orig)},"orig":{"tn":"19"}}`
  for (const text of [twice, 'null', '[]', '{']) {
    const body = base64url(text)
    const head = headerPart('', X5U)
    const identity = writeIdentity(`${head}.${body}.${signParts(head, body, KEY.key)}`, X5U, '')
    assert.deepEqual(refused(callWith({}, [identity])), [438, 'json-malformed'], text)
  }
})

test('shaken has attest and origid, in full form (STA-12)', () => {
  const header = { ...HEADER, ppt: 'shaken' }
  const shaken = { ...PAYLOAD, attest: 'A', origid: UUID }
  const cases: readonly (readonly [JsonObject, IdentityFailure])[] = [
    [{ ...shaken, attest: 'D' }, 'attest-malformed'],
    [{ ...PAYLOAD, origid: UUID }, 'attest-malformed'],
    [{ ...shaken, origid: 'x' }, 'origid-malformed'],
  ]
  for (const [payload, failure] of cases)
    assert.deepEqual(refused(callWith({}, [forged(header, payload, 'shaken')])), [438, failure])
  assert.equal(judge(callWith({}, [forged(header, shaken, 'shaken')])).attestation, 'A')
  const compact = forged(header, shaken, 'shaken').replace(/^[^.]*\.[^.]*\./, '..')
  assert.deepEqual(refused(callWith({}, [compact])), [438, 'compact-not-possible'])
})

test('a certificate is fetched by https and by nothing else (STV-13)', () => {
  for (const url of ['http://cert.example.org/passport.cer', 'sip:cert@example.org', 'file:///etc/passwd']) {
    const head = headerPart('', url)
    const identity = writeIdentity(`${head}.${base64url(writeJson(PAYLOAD))}.${'A'.repeat(86)}`, url, '')
    assert.deepEqual(refused(callWith({}, [identity])), [436, 'info-scheme-refused'])
  }
})

test('a token for responses is not for requests (STA-15)', () => {
  const request = callWith({}, [forged({ ...HEADER, ppt: 'rsp' }, PAYLOAD, 'rsp')])
  assert.deepEqual(refused(request), [428, 'response-only'])
})

test('media keys of the message are those of the token (STA-08)', () => {
  const sdp = (hex: string) => `v=0\r\na=fingerprint:sha-256 ${hex}\r\n`
  const identity = identityOf(callWith({}, [], sdp('4A:AD:B9')))
  assert.equal(judge(callWith({}, [identity], sdp('4A:AD:B9'))).isValid, true)
  assert.deepEqual(refused(callWith({}, [identity], sdp('4A:AD:B8'))), [438, 'mky-differs'])
  assert.deepEqual(refused(callWith({}, [identity])), [438, 'mky-differs'])
  assert.deepEqual(refused(callWith({}, [identityOf(callWith())], sdp('4A:AD:B9'))), [438, 'mky-differs'])
})

test('a certificate that is over, or was not yet begun when the token was made, is 437 (STV-03)', () => {
  const short = issue(ROOT, { numbers: [{ kind: 'spc', code: '1' }], notAfterMs: NOW_MS + 30_000 })
  const key = signingKey(short.keyPem, short.chain, X5U)
  const world = worldOf({ [X5U]: short.chain })
  const request = callWith({}, [identityOf(callWith(), BASE_ORDER, key)])
  assert.deepEqual(refused(request, { ...world, nowMs: NOW_MS + 31_000 }), [437, 'certificate-expired'])
  assert.equal(judge(request, world).isValid, true)
  const late = issue(ROOT, { numbers: [{ kind: 'spc', code: '1' }], notBeforeMs: NOW_MS + 10_000 })
  const early = worldOf({ [X5U]: late.chain }, {}, NOW_MS + 20_000)
  assert.deepEqual(refused(callWith({}, [identityOf(callWith())]), early), [437, 'date-outside-certificate'])
})
