import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AspisError } from '../../base/errors.ts'
import { LIMITS } from '../../base/limits.ts'
import type { DigestPolicy } from './policy.ts'
import { responseOf } from './response.ts'
import { answer, HERE, judge, KEYS, lookUp, NOW_MS, outcome, policy, record, request } from './test-realm.ts'
import { type DigestRequest, digestState, verifyDigest } from './verify.ts'

const START_MS = NOW_MS - 1000
const state = () => digestState(KEYS, START_MS)

test('DIG-07: the right answer is accepted for every algorithm and quality', () => {
  const offers = ['SHA-256', 'SHA-512-256', 'SHA-256-sess', 'SHA-512-256-sess', 'MD5-sess'] as const
  for (const algorithm of offers) {
    for (const qop of ['auth', 'auth-int'] as const) {
      const realm = policy({ algorithms: [algorithm], qop: [qop] })
      const asked = request({ body: 'v=0\r\n' })
      const verdict = judge(realm, state(), answer(realm, { user: 'bob', request: asked }).value, asked)
      assert.equal(verdict.kind, 'accepted', `${algorithm} ${qop}`)
      if (verdict.kind !== 'accepted') continue
      assert.deepEqual(
        [verdict.user, verdict.realm, verdict.algorithm, verdict.qop],
        ['bob', 'example.test', algorithm, qop],
      )
    }
  }
})

test('DIG-14: a name and password beyond ASCII are accepted, plain and as userhash', () => {
  for (const userhash of [true, false]) {
    const realm = policy({ userhash })
    const verdict = judge(realm, state(), answer(realm, { user: 'jörg' }).value)
    assert.equal(verdict.kind === 'accepted' && verdict.user, 'jörg')
  }
})

test('DIG-13: username* is accepted with userhash=false, and means the same name', () => {
  const realm = policy({ userhash: false })
  const row = answer(realm, { user: 'jörg' }).value
  const extended = row.replace(/username="[^"]*"/, "username*=UTF-8''j%C3%B6rg")
  assert.notEqual(extended, row)
  const verdict = judge(realm, state(), `${extended},userhash=false`)
  assert.equal(verdict.kind === 'accepted' && verdict.user, 'jörg')
})

test('DIG-01: no credentials, those of other realms and other schemes are challenged', () => {
  const realm = policy()
  const judgeRows = (...credentials: string[]) => verifyDigest(request({ credentials }), realm, state())
  const expected = { kind: 'challenge', stale: false, why: 'no-credentials', offered: undefined }
  assert.deepEqual(judgeRows(), expected)
  assert.deepEqual(judgeRows('Basic YWxpY2U6Y29ycmVjdCBob3JzZQ=='), expected, 'DIG-02')
  assert.deepEqual(judgeRows('Bearer abc'), expected)
  assert.deepEqual(judgeRows('Other "'), expected)
  const other = policy({ realm: 'example.org' })
  assert.deepEqual(judgeRows(answer(other).value), expected, 'DIG-26')
  assert.deepEqual(
    judgeRows('Digest username="alice",realm="example.test",nonce="",uri="sip:example.test",response=""'),
    expected,
    'RFC 8760 §2.7: empty before the first challenge',
  )
})

test('credentials of ours count among those of others', () => {
  const realm = policy()
  const other = answer(policy({ realm: 'example.org' })).value
  const verdict = verifyDigest(
    request({ credentials: ['Basic YTpi', other, answer(realm).value] }),
    realm,
    state(),
  )
  assert.ok(!(verdict instanceof Promise) && verdict.kind === 'accepted')
})

test('of several answers to our realm the best algorithm counts', () => {
  const realm = policy({ offersMd5: () => true })
  const weak = answer(realm, { user: 'bob', algorithm: 'MD5' }).value
  const strong = answer(realm, { user: 'bob', algorithm: 'SHA-256' }).value
  const verdict = verifyDigest(request({ credentials: [weak, strong] }), realm, state())
  assert.ok(!(verdict instanceof Promise) && verdict.kind === 'accepted' && verdict.algorithm === 'SHA-256')
})

test('DIG-31: unknown user, wrong password, disabled user and unmarked MD5 get the same verdict', () => {
  const md5 = { offersMd5: () => true, userhash: false }
  const verdicts = [
    judge(policy(md5), state(), answer(policy(md5), { password: 'wrong' }).value),
    judge(policy({ ...md5, lookUp: () => undefined }), state(), answer(policy(md5)).value),
    judge(
      policy({ ...md5, lookUp: () => ({ ...record('alice'), disabled: true }) }),
      state(),
      answer(policy(md5)).value,
    ),
    judge(policy(md5), state(), answer(policy(md5), { algorithm: 'MD5' }).value),
    judge(
      policy({ ...md5, lookUp: () => ({ ...record('alice'), ha1: {} }) }),
      state(),
      answer(policy(md5)).value,
    ),
  ]
  for (const verdict of verdicts)
    assert.deepEqual(verdict, { kind: 'challenge', stale: false, why: 'wrong-credentials', offered: 'alice' })
})

test('DIG-31: a known and an unknown name walk the same way, guess after guess', () => {
  const walk = (isKnown: boolean) => {
    const realm = policy({ userhash: false, lookUp: query => (isKnown ? lookUp(query, '') : undefined) })
    const seen = state()
    return Array.from({ length: 12 }, (_, i) => {
      const asked = request({ nowMs: NOW_MS + i * 700 })
      return judge(realm, seen, answer(realm, { password: `guess ${i}`, request: asked }).value, asked)
    })
  }
  const known = walk(true)
  assert.deepEqual(known, walk(false))
  assert.ok(known.some(verdict => verdict.kind === 'delayed'))
})

test('DIG-05: MD5 is accepted from a user marked for it, also when the algorithm is left out', () => {
  const realm = policy({ offersMd5: () => true })
  const row = answer(realm, { user: 'bob', algorithm: 'MD5' }).value
  assert.equal(outcome(judge(realm, state(), row)), 'accepted')
  assert.equal(outcome(judge(realm, state(), row.replace(',algorithm=MD5', ''))), 'accepted')
  assert.equal(outcome(judge(policy(), state(), row)), 'algorithm-not-offered')
  const lenient = policy({ md5ForEveryone: true })
  assert.equal(outcome(judge(lenient, state(), answer(lenient, { algorithm: 'MD5' }).value)), 'accepted')
})

test('C08: an answer cannot move to the algorithm of another row', () => {
  const realm = policy({ offersMd5: () => true })
  const row = answer(realm, { user: 'bob', algorithm: 'SHA-256' }).value
  assert.equal(outcome(judge(realm, state(), row.replace('=SHA-256', '=SHA-512-256'))), 'nonce-altered')
})

test('DIG-15: an expired nonce is answered with stale=true', () => {
  const realm = policy()
  const late = request({ nowMs: NOW_MS + 301_000 })
  const verdict = judge(realm, state(), answer(realm).value, late)
  assert.deepEqual(verdict, { ...verdict, kind: 'challenge', stale: true, why: 'nonce-expired' })
})

test('a captured answer is of no use from another address', () => {
  const realm = policy()
  const verdict = judge(realm, state(), answer(realm).value, request({ sourceClass: '203.0.113.9' }))
  assert.deepEqual(verdict, { ...verdict, kind: 'challenge', stale: true, why: 'nonce-of-other-source' })
})

test('DIG-16, C06: the same answer twice is a replay, the next count is not', () => {
  const realm = policy()
  const seen = state()
  const row = answer(realm).value
  assert.equal(outcome(judge(realm, seen, row)), 'accepted')
  const verdict = judge(realm, seen, row)
  assert.deepEqual(verdict, { ...verdict, kind: 'challenge', stale: true, why: 'nonce-replayed' })
})

test('DIG-16: a nonce from before the start costs one more round trip', () => {
  const realm = policy()
  const verdict = judge(realm, digestState(KEYS, NOW_MS + 1), answer(realm).value)
  assert.deepEqual(verdict, { ...verdict, kind: 'challenge', stale: true, why: 'nonce-forgotten' })
})

test('DIG-16: a wrong answer does not use up the count', () => {
  const realm = policy()
  const seen = state()
  const row = answer(realm).value
  const forged = row.replace(/response="(.)/, (_, digit) => `response="${digit === '0' ? '1' : '0'}`)
  assert.equal(outcome(judge(realm, seen, forged)), 'wrong-credentials')
  assert.equal(outcome(judge(realm, seen, row)), 'accepted')
})

test('DIG-09, C07: the digest is bound to the method', () => {
  const realm = policy()
  const row = answer(realm, { request: request({ method: 'REGISTER' }) }).value
  assert.equal(outcome(judge(realm, state(), row, request({ method: 'INVITE' }))), 'wrong-credentials')
})

test('DIG-17, C07: right credentials for another Request-URI are refused', () => {
  const realm = policy()
  const row = answer(realm, { request: request({ requestUri: 'sip:bob@example.test' }) }).value
  const seen = state()
  const other = request({ requestUri: 'sip:carol@example.test' })
  const verdict = judge(realm, seen, row, other)
  assert.deepEqual(verdict, { ...verdict, kind: 'refused', status: 403, why: 'uri-mismatch' })
  const same = request({ requestUri: 'sip:bob@example.test;transport=tcp' })
  assert.equal(outcome(judge(realm, seen, row, same)), 'accepted')
})

test('DIG-35: auth-int fails when the body was changed, and auth does not notice', () => {
  for (const [qop, expected] of [
    ['auth-int', 'wrong-credentials'],
    ['auth', 'accepted'],
  ] as const) {
    const realm = policy({ qop: [qop] })
    const row = answer(realm, { request: request({ body: 'c=IN IP4 192.0.2.1' }) }).value
    assert.equal(outcome(judge(realm, state(), row, request({ body: 'c=IN IP4 192.0.2.9' }))), expected)
  }
})

test('DIG-35: where the body must be covered, qop=auth is not enough', () => {
  const auth = policy({ qop: ['auth'] })
  const strict = policy({ authIntMethods: ['MESSAGE'] })
  const asked = request({ method: 'MESSAGE' })
  const row = answer(auth, { request: asked }).value
  assert.equal(outcome(judge(strict, state(), row, asked)), 'qop-not-offered')
  assert.equal(outcome(judge(strict, state(), answer(strict, { request: asked }).value, asked)), 'accepted')
})

test('DIG-03: credentials without qop are accepted only where the operator said so, and once', () => {
  const legacy = policy({ legacyQop: true, userhash: false })
  const { inputs, value } = answer(legacy)
  const { nonce } = inputs
  const bare = withoutQop(legacy, value, nonce)
  assert.equal(outcome(judge(policy(), state(), bare)), 'qop-missing')
  const seen = state()
  assert.equal(outcome(judge(legacy, seen, bare)), 'accepted')
  assert.equal(outcome(judge(legacy, seen, bare)), 'nonce-replayed')
})

test('DIG-16: a one-time nonce is accepted once, and the next comes with the 200', () => {
  const realm = policy({ oneTimeNonce: true })
  const verdict = judge(realm, state(), answer(realm).value)
  assert.ok(verdict.kind === 'accepted')
  assert.match(
    verdict.authenticationInfo,
    /^qop=auth-int,rspauth="[0-9a-f]{64}",cnonce="[^"]+",nc=00000001,nextnonce="[\w-]{36}"$/,
  )
})

test('DIG-12, DIG-10: missing or improper parameters are a 400 with their name', () => {
  const realm = policy({ userhash: false })
  const row = answer(realm).value
  const cases: readonly (readonly [string, string])[] = [
    [row.replace(/username="[^"]*",/, ''), 'parameter-missing'],
    [row.replace(/uri="[^"]*",/, ''), 'parameter-missing'],
    [row.replace(/,response="[^"]*"/, ''), 'parameter-missing'],
    [row.replace(/nonce="[^"]*",/, ''), 'parameter-missing'],
    [`${row},username*=UTF-8''alice`, 'username-twice'],
    [row.replace('"alice"', '"al:ice"'), 'username-malformed'],
    [row.replace('username="alice"', "username*=UTF-8''al%0Aice"), 'username-malformed'],
    [row.replace('username="alice"', "username*=ISO-8859-1''alice"), 'username-malformed'],
    [row.replace('"alice"', `"${'a'.repeat(LIMITS.maxDigestUserBytes + 1)}"`), 'username-malformed'],
    [row.replace('qop=auth-int', 'qop=auth-conf'), 'qop-unknown'],
    [row.replace('nc=00000001', 'nc=1'), 'nc-malformed'],
    [row.replace('nc=00000001', 'nc=0000000g'), 'nc-malformed'],
    [row.replace('nc=00000001', 'nc=00000000'), 'nc-malformed'],
    [row.replace('nc=00000001', 'nc=000000001'), 'nc-malformed'],
    [row.replace(',nc=00000001', ''), 'nc-malformed'],
    [row.replace(/cnonce="[^"]*"/, 'cnonce=""'), 'cnonce-missing'],
    [row.replace(/,cnonce="[^"]*"/, ''), 'cnonce-missing'],
    [row.replace(/response="../, 'response="'), 'response-malformed'],
    [row.replace(/response="./, 'response="z'), 'response-malformed'],
    [`${row},realm="example.test"`, 'credentials-malformed'],
  ]
  for (const [changed, why] of cases) {
    assert.notEqual(changed, row)
    const verdict = judge(realm, state(), changed)
    assert.deepEqual(verdict, { ...verdict, kind: 'refused', status: 400, why }, changed)
  }
  assert.equal(outcome(judge(realm, state(), row.replace('=SHA-256', '=SHA-1'))), 'algorithm-not-offered')
  const many = Array.from({ length: LIMITS.maxCredentials + 1 }, () => 'Basic YTpi')
  const verdict = verifyDigest(request({ credentials: many }), realm, state())
  assert.ok(!(verdict instanceof Promise) && outcome(verdict) === 'credentials-too-many')
})

test('DIG-10: phones quote, space and write in their own ways, and are understood', () => {
  const realm = policy({ qop: ['auth'], userhash: false, offersMd5: () => true })
  const quirks: readonly ((row: string) => string)[] = [
    row => row.replace('qop=auth', 'qop="auth"'),
    row => row.replace('nc=00000001', 'nc="00000001"'),
    row => row.replace('algorithm=MD5', 'algorithm="MD5"'),
    row => row.replace('algorithm=MD5', 'algorithm=md5'),
    row => row.replace('algorithm=MD5', 'algorithm="md5"'),
    row => row.replaceAll(',', ' , '),
    row => row.replaceAll(',', ',\t  ').replaceAll('nonce=', 'nonce = '),
    row => `  ${row.replace('Digest ', 'DIGEST    ')}  `,
    row => row.replace('username=', 'Username=').replace('realm=', 'REALM='),
    row => row.replace(/,opaque="[^"]*"/, ''),
    row => `${row},userhash=false,auth-param="x"`,
    row => row.replace('"bob"', '"b\\ob"'),
  ]
  for (const quirk of quirks) {
    const row = answer(realm, { user: 'bob', algorithm: 'MD5' }).value
    assert.notEqual(quirk(row), row)
    assert.equal(outcome(judge(realm, state(), quirk(row))), 'accepted', quirk(row))
  }
})

test('a phone may send its whole address as name', () => {
  const realm = policy({ userhash: false })
  const row = answer(realm, { user: 'alice@example.test', password: 'correct horse' }).value
  const verdict = judge(realm, state(), row)
  assert.equal(verdict.kind === 'accepted' && verdict.user, 'alice')
  const other = answer(realm, { user: 'alice@example.org', password: 'correct horse' }).value
  assert.equal(outcome(judge(realm, state(), other)), 'wrong-credentials')
  const strict = policy({ userhash: false, acceptsUserWithDomain: false })
  assert.equal(outcome(judge(strict, state(), row)), 'wrong-credentials')
})

test('DIG-33: anonymous is accepted only by rule, and never to register', () => {
  const rule = { acceptsAnonymous: true, userhash: false }
  const call = request({ method: 'INVITE' })
  const empty = { user: 'anonymous', password: '' }
  const outcomeOf = (realm: DigestPolicy, asked: DigestRequest) =>
    outcome(judge(realm, state(), answer(realm, { ...empty, request: asked }).value, asked))
  assert.equal(outcomeOf(policy(rule), call), 'accepted')
  assert.equal(outcomeOf(policy(rule), request()), 'wrong-credentials')
  assert.equal(outcomeOf(policy({ userhash: false }), call), 'wrong-credentials')
})

test('DIG-21, DIG-22: ACK and CANCEL are never challenged', () => {
  for (const method of ['ACK', 'CANCEL']) {
    const verdict = verifyDigest(request({ method }), policy(), state())
    assert.ok(!(verdict instanceof Promise) && outcome(verdict) === 'method-not-challengeable')
  }
})

test('DIG-34: what one message proved, the next does not', () => {
  const realm = policy()
  const seen = state()
  assert.equal(outcome(judge(realm, seen, answer(realm).value)), 'accepted')
  const next = verifyDigest(request(), realm, seen)
  assert.ok(!(next instanceof Promise) && outcome(next) === 'no-credentials')
})

test('DIG-32: five hundred wrong passwords are looked at a few times, then not at all', () => {
  let lookedUp = 0
  const realm = policy({
    userhash: false,
    lookUp: query => {
      lookedUp += 1
      return lookUp(query, '')
    },
  })
  const seen = state()
  for (let i = 0; i < 500; i++) {
    const asked = request({ nowMs: NOW_MS + i * 20 })
    judge(realm, seen, answer(realm, { password: `${i}`, request: asked }).value, asked)
  }
  assert.ok(lookedUp <= 8, `${lookedUp}`)
  const right = request({ nowMs: NOW_MS + 10_000 })
  const verdict = judge(realm, seen, answer(realm, { request: right }).value, right)
  assert.ok(verdict.kind === 'delayed' && verdict.waitMs > 0, 'a guess in that time tells nothing')
})

test('DIG-32: guesses that wait for a slow look-up side by side are counted one by one', async () => {
  const realm = policy({ userhash: false, lookUp: async query => lookUp(query, '') })
  const seen = state()
  const rows = Array.from({ length: 50 }, (_, i) => answer(realm, { password: `${i}` }).value)
  const verdicts = await Promise.all(
    rows.map(row => verifyDigest(request({ credentials: [row] }), realm, seen)),
  )
  assert.equal(verdicts.filter(verdict => outcome(verdict) === 'wrong-credentials').length, 4)
})

test('the verdict is a promise only when the look-up is', async () => {
  const realm = policy({ lookUp: async query => lookUp(query, '') })
  const verdict = verifyDigest(request({ credentials: [answer(realm).value] }), realm, state())
  assert.ok(verdict instanceof Promise)
  assert.equal(outcome(await verdict), 'accepted')
})

test('C15: forged and foreign nonces are judged before anybody is looked up', () => {
  const realm = policy({
    lookUp: () => {
      throw new AspisError('ERR_ASPIS_TEST', 'looked up')
    },
  })
  const row = answer(realm).value
  const forged = row.replace(/nonce="..../, 'nonce="AAAA')
  assert.equal(outcome(judge(realm, state(), forged)), 'nonce-altered')
  assert.equal(outcome(judge(realm, state(), row.replace(/opaque="../, 'opaque="__'))), 'nonce-altered')
  assert.equal(
    outcome(judge(realm, state(), row, request({ sourceClass: '203.0.113.9' }))),
    'nonce-of-other-source',
  )
})

test('any one character of a covered field changed, and the answer is not accepted', () => {
  const realm = policy({ qop: ['auth-int'], userhash: false })
  const asked = request({ body: 'v=0' })
  const fields = ['username', 'nonce', 'uri', 'response', 'cnonce', 'nc', 'realm', 'qop', 'algorithm']
  fc.assert(
    fc.property(
      fc.constantFrom(...fields),
      fc.nat(80),
      fc.constantFrom(...'abcdefXYZ0189-_.:@;= "\\,\u00fc'),
      (field, offset, character) => {
        const { value } = answer(realm, { request: asked })
        const found = new RegExp(`[ ,]${field}="?([^",]+)`).exec(value)
        const inner = found?.[1] ?? ''
        assert.ok(found !== null && inner !== '')
        const at = found.index + found[0].length - inner.length + (offset % inner.length)
        // Names of qualities and algorithms have no case, nor have the digits of a count a value of their own.
        fc.pre(value[at]?.toLowerCase() !== character.toLowerCase())
        const changed = value.slice(0, at) + character + value.slice(at + 1)
        assert.notEqual(outcome(judge(realm, state(), changed, asked)), 'accepted', changed)
      },
    ),
    { numRuns: 300 },
  )
})

test('no text throws, and none is accepted', () => {
  const realm = policy()
  const pieces = fc.constantFrom(
    'Digest ',
    'realm="example.test"',
    'username="alice"',
    'nonce="',
    '"',
    ',',
    '=',
    '\\',
    'uri=',
    'response=',
    'qop=auth',
    'nc=00000001',
    '\u0000',
    '\u00ff',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map(list => list.join('')),
  )
  fc.assert(
    fc.property(text, row => {
      assert.notEqual(outcome(judge(realm, state(), row)), 'accepted')
    }),
  )
})

test('the password and its hashes are in no verdict', () => {
  const realm = policy()
  const found = record('alice')
  const printed = JSON.stringify(judge(realm, state(), answer(realm).value))
  for (const secret of Object.values(found.ha1)) assert.ok(!printed.includes(secret?.reveal() ?? ' '))
  assert.ok(!printed.includes('correct horse'))
  assert.equal(HERE, request().sourceClass)
})

/** The row that a client of RFC 2069 would send. */
function withoutQop(realm: DigestPolicy, row: string, nonce: string): string {
  const bare = row.replace(/,qop=.*?,cnonce="[^"]*"/, '')
  return bare.replace(/response="[^"]*"/, `response="${legacyResponse(realm, nonce)}"`)
}

function legacyResponse(realm: DigestPolicy, nonce: string): string {
  const ha1 = record('alice').ha1.sha256?.reveal() ?? ''
  return responseOf({
    algorithm: 'SHA-256',
    ha1,
    method: 'REGISTER',
    uri: `sip:${realm.realm}`,
    body: '',
    nonce,
    nc: '',
    cnonce: '',
    qop: undefined,
  })
}
