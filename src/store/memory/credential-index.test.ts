import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { Secret } from '../../base/secret.ts'
import { type Credential, makeCredential, userhashOf } from '../credentials.ts'
import { CredentialIndex } from './credential-index.ts'

const DOMAIN = 'example.com'

it('a hashed name is found whether the account came before the first question or after it (DIG-13)', () => {
  const index = new CredentialIndex()
  const found = (user: string) => index.findByHash('sha256', userhashOf('sha256', user, DOMAIN), DOMAIN)?.user
  assert.equal(found('alice'), undefined)
  index.put(makeCredential('alice', DOMAIN, new Secret('pw'), { md5: false }))
  assert.equal(found('alice'), 'alice')
  index.put(makeCredential('bob', DOMAIN, new Secret('pw'), { md5: false }))
  assert.equal(found('bob'), 'bob')
  index.remove('alice', DOMAIN)
  assert.equal(found('alice'), undefined)
  assert.equal(found('bob'), 'bob')
})

it('an account comes back as it was put, whatever it holds', () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }),
    fc.string({ unit: 'binary', minLength: 1 }),
  )
  const hex = (bytes: number) =>
    fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map(each => new Secret(Buffer.from(each).toString('hex')))
  const maybe = (bytes: number) => fc.option(hex(bytes), { nil: undefined })
  const account = fc
    .record({
      user: name,
      domain: fc.constantFrom(DOMAIN, 'example.org'),
      md5: maybe(16),
      sha256: maybe(32),
      sha512_256: maybe(32),
      md5Allowed: fc.boolean(),
      disabled: fc.boolean(),
      aors: fc.uniqueArray(name, { maxLength: 3 }),
      hasDefault: fc.boolean(),
    })
    .map(({ md5, sha256, sha512_256, aors, hasDefault, ...rest }): Credential => {
      const strong = { sha256, sha512_256 }
      return {
        ...rest,
        ha1: md5 === undefined ? strong : { md5, ...strong },
        aors: hasDefault ? [`sip:${rest.user}@${rest.domain}`] : aors,
      }
    })
  fc.assert(
    fc.property(fc.array(account, { maxLength: 12 }), fc.array(fc.nat(11)), (accounts, gone) => {
      const index = new CredentialIndex()
      const model = new Map<string, Credential>()
      const keyOf = ({ user, domain }: Credential): string => JSON.stringify([domain, user])
      for (const each of accounts) {
        index.put(each)
        model.set(keyOf(each), each)
      }
      for (const i of gone) {
        const each = accounts[i]
        if (each === undefined) continue
        assert.equal(index.remove(each.user, each.domain), model.delete(keyOf(each)))
      }
      assert.equal(index.count, model.size)
      for (const each of model.values()) {
        const found = index.find(each.user, each.domain)
        assert.deepEqual(found, each)
        assert.equal(found?.ha1.sha256?.reveal(), each.ha1.sha256?.reveal())
        assert.equal(found?.ha1.md5?.reveal(), each.ha1.md5?.reveal())
        assert.equal(found?.ha1.sha512_256?.reveal(), each.ha1.sha512_256?.reveal())
      }
      const aors = new Set([...model.values()].flatMap(each => each.aors))
      for (const each of accounts)
        for (const aor of each.aors) assert.equal(index.aorExists(aor), aors.has(aor))
      assert.equal(index.list(undefined).length, model.size)
    }),
  )
})

it('hashed names of many accounts are found although that takes more than a turn', async () => {
  const index = new CredentialIndex()
  const put = (n: number) => index.put(makeCredential(`user${n}`, DOMAIN, new Secret('pw'), { md5: false }))
  for (let n = 0; n < 12_000; n++) put(n)
  const ask = (user: string) => index.findByHash('sha256', userhashOf('sha256', user, DOMAIN), DOMAIN)?.user
  assert.equal(ask('user3'), undefined)
  put(12_000)
  while (ask('user3') === undefined) await new Promise(setImmediate)
  for (const user of ['user0', 'user11999', 'user12000']) assert.equal(ask(user), user)
})
