import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AspisError } from '../../base/errors.ts'
import { parseChallenge } from '../../sip/headers/credentials.ts'
import { challengeRows } from './challenge.ts'
import { HERE, NOW_MS, policy } from './test-realm.ts'

const facts = { method: 'INVITE', sourceClass: HERE, nowMs: NOW_MS, stale: false }

test('DIG-04, DIG-10: one row an algorithm, best first, quoted where the RFC quotes', () => {
  const rows = challengeRows(policy(), facts)
  assert.equal(rows.length, 2)
  for (const [i, algorithm] of ['SHA-256', 'SHA-512-256'].entries()) {
    assert.match(
      rows[i] ?? '',
      new RegExp(
        `^Digest realm="example\\.test",nonce="[\\w-]{36}",algorithm=${algorithm},qop="auth,auth-int",` +
          'opaque="[\\w-]{8}",userhash=true,charset=UTF-8$',
      ),
    )
  }
})

test('DIG-05, DIG-31: MD5 comes last, and only when a user of the realm is marked for it', () => {
  const algorithms = (offersMd5: boolean) =>
    challengeRows(policy({ offersMd5: () => offersMd5 }), facts).map(value => {
      const row = parseChallenge(value)
      return row.ok ? row.value.params.get('algorithm') : undefined
    })
  assert.deepEqual(algorithms(false), ['SHA-256', 'SHA-512-256'])
  assert.deepEqual(algorithms(true), ['SHA-256', 'SHA-512-256', 'MD5'])
})

test('a phone that copes with some algorithms only is offered those, when the realm offers them', () => {
  const offered = (userAgent: string | undefined, offersMd5 = true) =>
    challengeRows(policy({ offersMd5: () => offersMd5 }), { ...facts, userAgent }).map(
      row => /algorithm=([^,]+)/.exec(row)?.[1],
    )
  const all = ['SHA-256', 'SHA-512-256', 'MD5']
  assert.deepEqual(offered(undefined), all)
  assert.deepEqual(offered('Linphone/5.1'), all)
  assert.deepEqual(offered('baresip v1.0.0 (x86_64/linux)'), ['MD5'])
  assert.deepEqual(offered('baresip v3.9.0'), ['SHA-256', 'MD5'])
  assert.deepEqual(offered('JsSIP 3.13.8'), ['MD5'])
  assert.deepEqual(offered('JsSIP 3.13.8', false), ['SHA-256', 'SHA-512-256'])
  const none = challengeRows(policy({ offersMd5: () => true, narrowAgents: [] }), {
    ...facts,
    userAgent: 'JsSIP',
  })
  assert.equal(none.length, 3)
})

test('DIG-16: stale is unquoted', () => {
  for (const row of challengeRows(policy(), { ...facts, stale: true })) assert.match(row, /,stale=true$/)
})

test('DIG-35: a method that needs its body covered is offered auth-int alone', () => {
  const strict = policy({ authIntMethods: ['MESSAGE'] })
  for (const row of challengeRows(strict, { ...facts, method: 'MESSAGE' }))
    assert.match(row, /,qop="auth-int",/)
  for (const row of challengeRows(strict, facts)) assert.match(row, /,qop="auth,auth-int",/)
})

test('a challenge to a source that sent little is short: optional parameters go first, then rows', () => {
  const realm = policy({ offersMd5: () => true })
  const size = (maxBytes: number) => {
    const rows = challengeRows(realm, { ...facts, maxBytes })
    return { rows: rows.length, bytes: rows.reduce((sum, row) => sum + row.length + 22, 0) }
  }
  const full = size(10_000)
  assert.equal(full.rows, 3)
  const short = size(full.bytes - 1)
  assert.equal(short.rows, 3)
  assert.ok(short.bytes < full.bytes)
  assert.equal(size(short.bytes - 1).rows, 2)
  assert.ok(size(1).bytes < 260, `${size(1).bytes}`)
})

test('a realm with quotes is escaped', () => {
  const [row = ''] = challengeRows(policy({ realm: 'a"b\\c' }), facts)
  const parsed = parseChallenge(row)
  assert.equal(parsed.ok && parsed.value.params.get('realm'), 'a"b\\c')
})

test('a policy that cannot be served is our mistake, and says so', () => {
  for (const changes of [
    { realm: '' },
    { realm: 'a\r\nb' },
    { qop: [] },
    { algorithms: [] },
    { nonceTtlSeconds: 0 },
    { nonceTtlSeconds: Number.NaN },
  ])
    assert.throws(() => policy(changes), AspisError)
})
