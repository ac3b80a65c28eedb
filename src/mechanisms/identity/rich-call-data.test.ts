import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { IdentityFailure } from './failure.ts'
import { writeIdentity } from './identity-header.ts'
import { type Json, type JsonObject, writeJson } from './json.ts'
import { base64url, signParts } from './passport.ts'
import { isIntact, isRichCallData } from './rich-call-data.ts'
import {
  BASE_ORDER,
  callWith,
  decided,
  identityOf,
  KEY,
  NOW,
  SHAKEN_ORDER,
  worldOf,
  X5U,
} from './test-authority.ts'
import { verifyRequest } from './verify.ts'

const digest = (content: string, hash = 'sha256') =>
  `${hash}-${createHash(hash).update(content).digest('base64url')}`
const digestOf = (value: Json) => digest(writeJson(value))

const JCARD: Json = [
  'vcard',
  [
    ['version', {}, 'text', '4.0'],
    ['fn', {}, 'text', 'Q'],
    ['logo', {}, 'uri', 'https://a.example/logo.png'],
  ],
]
const LOGO = { '/jcd/1/2/3': digest('png') }

test('the name is said, and whether From says the same (STV-12, RFC 9795 §12.2)', () => {
  const order = { ...SHAKEN_ORDER, rcd: { nam: 'Bob', apn: '12155550000' }, crn: 'Your order' }
  const decision = decided(verifyRequest(callWith({}, [identityOf(callWith(), order)]), worldOf()))
  assert.equal(decision.attestation, 'A')
  assert.deepEqual(decision.richCallData, {
    name: 'Bob',
    number: '12155550000',
    reason: 'Your order',
    iconUrl: undefined,
    iconDigest: undefined,
    jcard: undefined,
    jcardUrl: undefined,
    jcardDigest: undefined,
    isNameOfFrom: true,
  })
  const other = callWith({ From: '"Bank" <sip:12155551212@example.com;user=phone>;tag=1' }, [
    identityOf(callWith(), order),
  ])
  assert.equal(decided(verifyRequest(other, worldOf())).richCallData?.isNameOfFrom, false)
})

test('what is fetched from elsewhere has its digest in the token (RFC 9795 §6.1)', () => {
  const icn = 'https://a.example/b.png'
  const jcl = 'https://a.example/card.json'
  assert.ok(isRichCallData({ nam: '', icn }, { '/icn': digest('png') }))
  assert.ok(
    isRichCallData({ nam: '', jcl }, { '/jcl': digest('card', 'sha512'), '/jcl/1/2/3': digest('png') }),
  )
  assert.ok(isRichCallData({ nam: '', jcd: JCARD }, LOGO))
  for (const rcd of [
    { nam: '', icn },
    { nam: '', jcl },
    { nam: '', jcd: JCARD },
  ])
    assert.ok(!isRichCallData(rcd, undefined))
})

test('a picture inside the token needs no digest (RFC 9795 §8.3)', () => {
  assert.ok(isRichCallData({ nam: '', icn: 'data:image/png;base64,iVBORw0KGgo=' }, undefined))
  assert.ok(!isRichCallData({ nam: '', icn: 'data:text/html;base64,PGI+' }, undefined))
})

test('digests over what stands in the token are checked, those of elsewhere only for form (RFC 9795 §8.2)', () => {
  const rcd = { nam: 'Q Branch', jcd: JCARD }
  assert.ok(isRichCallData(rcd, { ...LOGO, '/jcd': digestOf(JCARD), '/nam': digestOf('Q Branch') }))
  assert.ok(!isRichCallData(rcd, { ...LOGO, '/jcd': digestOf(['vcard', []]) }))
  assert.ok(!isRichCallData(rcd, { ...LOGO, '/nam': digest('Q Branch') }))
  assert.ok(!isRichCallData(rcd, { ...LOGO, '/nam': 'md5-AAAA' }))
  assert.ok(!isRichCallData(rcd, { '/jcd/1/2/3': 'sha256' }))
})

test('rich call data that break their form are none (RFC 9795 §5.1)', () => {
  const cases: readonly (readonly [JsonObject, JsonObject?])[] = [
    [{}],
    [{ nam: 7 }],
    [{ nam: '', apn: '+1' }],
    [{ nam: '', icn: 'http://a.example' }, { '/icn': digest('') }],
    [{ nam: '', jcd: {} }],
    [
      { nam: '', jcd: JCARD, jcl: 'https://a.example' },
      { ...LOGO, '/jcl': digest('') },
    ],
    [{ nam: '' }, { '/nobody': digestOf('') }],
    [{ nam: '' }, { nam: digestOf('') }],
    [{ nam: '' }, { '/icn': digest('') }],
    [{ nam: '' }, { '/__proto__': digestOf({}) }],
  ]
  for (const [rcd, rcdi] of cases) assert.ok(!isRichCallData(rcd, rcdi), JSON.stringify([rcd, rcdi]))
})

test('fetched content is compared with its digest, in either alphabet', () => {
  const octets = Buffer.from('content')
  for (const hash of ['sha256', 'sha384', 'sha512']) {
    const value = createHash(hash).update(octets).digest()
    assert.ok(isIntact(octets, `${hash}-${value.toString('base64')}`))
    assert.ok(isIntact(octets, `${hash}-${value.toString('base64url')}`))
    assert.ok(!isIntact(Buffer.from('other'), `${hash}-${value.toString('base64')}`))
  }
  for (const bad of ['', 'sha256', 'sha256-', 'md5-mgNkuembtIDdJeHwKEyFVQ==', 'toString-AA'])
    assert.ok(!isIntact(octets, bad), bad)
})

function forged(ppt: 'rcd' | 'shaken', more: JsonObject): string {
  const base = { dest: { tn: ['12155551213'] }, iat: NOW, orig: { tn: '12155551212' } }
  const body = base64url(writeJson({ ...base, ...more }))
  return writeIdentity(`${KEY.headers[ppt]}.${body}.${signParts(KEY.headers[ppt], body, KEY.key)}`, X5U, ppt)
}

test('a token of type rcd stands and falls with its data; elsewhere they are hidden (STV-12)', () => {
  const failureOf = (more: JsonObject): IdentityFailure | undefined =>
    decided(verifyRequest(callWith({}, [forged('rcd', more)]), worldOf())).failure
  assert.equal(failureOf({ rcd: { nam: 'Bob' } }), undefined)
  assert.equal(failureOf({ crn: 'why' }), undefined)
  for (const more of [
    {},
    { rcd: 7 },
    { rcd: {} },
    { crn: 7 },
    { crn: 'x', rcdi: {} },
    { rcd: { nam: '' }, rcdi: [] },
  ])
    assert.equal(failureOf(more), 'rcd-malformed', JSON.stringify(more))
  const shaken = forged('shaken', { attest: 'A', origid: SHAKEN_ORDER.origid ?? '', rcd: { nam: 7 } })
  const decision = decided(verifyRequest(callWith({}, [shaken]), worldOf()))
  assert.equal(decision.isValid, true)
  assert.equal(decision.richCallData, undefined)
})

test('rich call data are signed as ordered', () => {
  const order = { ...BASE_ORDER, ppt: 'rcd', rcd: { nam: 'Bob' } } as const
  const decision = decided(verifyRequest(callWith({}, [identityOf(callWith(), order)]), worldOf()))
  assert.equal(decision.richCallData?.name, 'Bob')
})
