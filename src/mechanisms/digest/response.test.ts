import assert from 'node:assert/strict'
import { createHash, hash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '../../base/secret.ts'
import { type Algorithm, algorithmNamed, hexHash } from './algorithm.ts'
import { joinedHash } from './joined-hash.ts'
import { makeHa1, makeUserhash, type ResponseInputs, responseOf, rspauthOf, sessionHa1 } from './response.ts'

// The numbers of RFC 7616 §3.9.1.
const mufasa = (algorithm: Algorithm, hashName: 'md5' | 'sha256'): ResponseInputs => ({
  algorithm,
  ha1: makeHa1(hashName, 'Mufasa', 'http-auth@example.org', new Secret('Circle of Life')),
  method: 'GET',
  uri: '/dir/index.html',
  body: '',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  nc: '00000001',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  qop: 'auth',
})

// The numbers of RFC 7616 §3.9.2, whose printed response is not SHA-512/256.
const jason: ResponseInputs = {
  algorithm: 'SHA-512-256',
  ha1: makeHa1('sha512_256', 'Jäsøn Doe', 'api@example.org', new Secret('Secret, or not?')),
  method: 'GET',
  uri: '/doe.json',
  body: '',
  nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
  nc: '00000001',
  cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
  qop: 'auth',
}

test('V-1, DIG-07: the SHA-256 response of RFC 7616 §3.9.1 reproduces', () => {
  assert.equal(
    responseOf(mufasa('SHA-256', 'sha256')),
    '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  )
})

test('V-1, DIG-07: the MD5 response of RFC 7616 §3.9.1 reproduces', () => {
  assert.equal(responseOf(mufasa('MD5', 'md5')), '8ca523f5e9506fed4657c9700eebdbec')
})

test('V-2, DIG-06: SHA-512-256 is the function of FIPS 180-4, not SHA-512 cut short', () => {
  assert.equal(responseOf(jason), '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5')
  assert.equal(
    makeUserhash('sha512_256', 'Jäsøn Doe', 'api@example.org'),
    '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b',
  )
  const printed = hash('sha512', Buffer.from('Jäsøn Doe:api@example.org')).slice(0, 64)
  assert.ok(printed.startsWith('488869'))
  assert.notEqual(makeUserhash('sha512_256', 'Jäsøn Doe', 'api@example.org'), printed)
})

test('V-2: SHA-512 cut to 32 octets, as printed in RFC 7616 §3.9.2, is not what we compute', () => {
  const cut = (text: string) => hash('sha512', Buffer.from(text)).slice(0, 64)
  const ha1 = cut('Jäsøn Doe:api@example.org:Secret, or not?')
  const wrong = cut(`${ha1}:${jason.nonce}:00000001:${jason.cnonce}:auth:${cut('GET:/doe.json')}`)
  assert.ok(wrong.startsWith('ae66e6'))
  assert.notEqual(responseOf(jason), wrong)
})

test('DIG-08: auth-int covers the body octet by octet, and an empty body hashes as the empty string', () => {
  const over = (body: string) => responseOf({ ...mufasa('SHA-256', 'sha256'), qop: 'auth-int', body })
  const inputs = mufasa('SHA-256', 'sha256')
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const ha2 = hash('sha256', `GET:/dir/index.html:${empty}`)
  const expected = hash('sha256', `${inputs.ha1}:${inputs.nonce}:00000001:${inputs.cnonce}:auth-int:${ha2}`)
  assert.equal(over(''), expected)
  const umlaut = Buffer.from('ü', 'utf8').toString('latin1')
  assert.equal(hexHash('sha256', umlaut), hash('sha256', 'ü'))
  assert.equal(hexHash('sha256', '\xfc'), hash('sha256', Buffer.from([0xfc])))
  assert.equal(new Set([over(''), over('v=0'), over('v=0\r\n'), over(umlaut), over('\xfc')]).size, 5)
})

test('DIG-07: -sess hashes H(A1) of the password with nonce and client nonce', () => {
  const { ha1, nonce, cnonce } = mufasa('SHA-256', 'sha256')
  assert.equal(sessionHa1('SHA-256-sess', ha1, nonce, cnonce), hash('sha256', `${ha1}:${nonce}:${cnonce}`))
})

test('DIG-27: rspauth has no method', () => {
  const inputs = mufasa('SHA-256', 'sha256')
  const ha2 = hash('sha256', ':/dir/index.html')
  const expected = hash('sha256', `${inputs.ha1}:${inputs.nonce}:00000001:${inputs.cnonce}:auth:${ha2}`)
  assert.equal(rspauthOf(inputs), expected)
})

test('DIG-05: a missing algorithm is MD5, names have no case, others are unknown', () => {
  assert.equal(algorithmNamed(undefined), 'MD5')
  assert.equal(algorithmNamed('sha-256'), 'SHA-256')
  assert.equal(algorithmNamed('md5-SESS'), 'MD5-sess')
  assert.equal(algorithmNamed('SHA-1'), undefined)
})

test('DIG-14: user and password are hashed as NFC in UTF-8', () => {
  const composed = makeHa1('sha256', 'jörg', 'r', new Secret('ü'))
  assert.equal(composed, hash('sha256', 'j\u00f6rg:r:\u00fc'))
  assert.equal(makeHa1('sha256', 'jo\u0308rg', 'r', new Secret('u\u0308')), composed)
})

test('texts are hashed with colons between, whatever their number, length and octets', () => {
  const part = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 30 }))
  const octets = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')
  for (const [name, nodeName] of [
    ['md5', 'md5'],
    ['sha256', 'sha256'],
    ['sha512_256', 'sha512-256'],
  ] as const) {
    fc.assert(
      fc.property(fc.array(part.map(octets), { minLength: 1, maxLength: 7 }), parts => {
        const joined = Buffer.from(parts.join(':'), 'latin1')
        assert.equal(joinedHash(name, parts), createHash(nodeName).update(joined).digest('hex'))
      }),
    )
    for (let length = 0; length <= 300; length++) {
      const text = 'x'.repeat(length)
      assert.equal(joinedHash(name, [text]), createHash(nodeName).update(text).digest('hex'))
    }
  }
})

test('the same method and URI give the same response again, another of either gives another', () => {
  const inputs = {
    algorithm: 'SHA-256',
    ha1: 'a'.repeat(64),
    body: '',
    nonce: 'n',
    nc: '00000001',
    cnonce: 'c',
    qop: 'auth',
  } as const
  const plain = (method: string, uri: string): string => {
    const ha2 = createHash('sha256').update(`${method}:${uri}`).digest('hex')
    return createHash('sha256').update(`${inputs.ha1}:n:00000001:c:auth:${ha2}`).digest('hex')
  }
  // As long as one another, so that they stand in one place of the memory.
  const asked = ['REGISTER sip:a', 'REGISTER sip:b', 'REGISTE2 sip:a', 'REGISTER sip:a', 'REGISTER sip:b']
  for (const each of [...asked, ...asked]) {
    const [method = '', uri = ''] = each.split(' ')
    assert.equal(responseOf({ ...inputs, method, uri }), plain(method, uri))
  }
})
