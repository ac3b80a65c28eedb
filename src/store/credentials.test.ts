import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { Secret } from '../base/secret.ts'
import { aorOf } from '../sip/uri/equals.ts'
import { parseUri } from '../sip/uri/uri.ts'
import {
  type Credential,
  canonicalAor,
  checkCredential,
  defaultAor,
  makeCredential,
  makeHa1s,
  userhashOf,
} from './credentials.ts'

const PASSWORD = new Secret('Circle of Life')

function alice(changes: Partial<Credential>): Credential {
  return { ...makeCredential('alice', 'example.com', PASSWORD, { md5: false }), ...changes }
}

describe('credentials', () => {
  it('HA1 values are H(user:realm:password), MD5 only on demand (DIG-05, DIG-07)', () => {
    const ha1 = makeHa1s('Mufasa', 'http-auth@example.org', PASSWORD, { md5: true })
    assert.equal(ha1.md5?.reveal(), '3d78807defe7de2157e2b0b6573a855f')
    assert.equal(ha1.sha256?.reveal(), '7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232')
    assert.equal(makeHa1s('Mufasa', 'x', PASSWORD, { md5: false }).md5, undefined)
  })

  it('SHA-512-256 is the FIPS function, not a cut SHA-512 (DIG-06)', () => {
    assert.equal(
      userhashOf('sha512_256', 'J\u00e4s\u00f8n Doe', 'api@example.org'),
      '793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b',
    )
  })

  it('user and password are hashed in NFC (DIG-14)', () => {
    const composed = makeHa1s('J\u00e4s', 'x', new Secret('\u00f8\u00e4'), { md5: false })
    const decomposed = makeHa1s('Ja\u0308s', 'x', new Secret('\u00f8a\u0308'), { md5: false })
    assert.equal(composed.sha256?.reveal(), decomposed.sha256?.reveal())
  })

  it('a credential never prints its values (DIG-30)', () => {
    const shown = inspect(alice({}), { depth: 9, showHidden: true }) + JSON.stringify(alice({}))
    assert.doesNotMatch(shown, /[0-9a-f]{32}/)
  })

  it('the default address-of-record is what a phone of that name registers', () => {
    assert.equal(defaultAor('alice', 'example.com'), 'sip:alice@example.com')
    for (const [user, wire] of [
      ['+4930123', 'sip:+4930123@example.com'],
      ["o'hara", "sips:o'hara@example.com;transport=tls"],
      ['a b', 'sip:a%20b@example.com:5061'],
      ['50%', 'sip:50%25@example.com'],
      ['Jäs', 'sip:J%C3%A4s@EXAMPLE.com'],
      ['a;b?c', 'sip:a;b?c@example.com'],
    ] as const) {
      const uri = parseUri(wire)
      assert.ok(uri.ok, wire)
      assert.equal(defaultAor(user, 'example.com'), aorOf(uri.value), wire)
    }
  })

  it('two users never share a default address-of-record', () => {
    const users = fc.uniqueArray(
      fc.string({ minLength: 1, unit: fc.constantFrom('a', '%', '4', '1', '@', ' ') }),
    )
    fc.assert(
      fc.property(users, names => {
        assert.equal(new Set(names.map(name => defaultAor(name, 'x'))).size, names.length)
      }),
    )
  })

  it('an account that breaks a rule is refused with its name and the reason', () => {
    const refused: readonly (readonly [Partial<Credential>, RegExp])[] = [
      [{ user: '' }, /user name is empty/],
      [{ user: 'a:b' }, /must not hold a colon/],
      [{ user: 'a\nb' }, /control characters/],
      [{ user: 'a\ud800' }, /control characters/],
      [{ user: 'a\u0308' }, /not in Unicode NFC/],
      [{ domain: 'Example.com' }, /"alice" of Example\.com: the domain/],
      [{ domain: 'a@b' }, /the domain/],
      [{ aors: [] }, /no address-of-record/],
      [{ aors: ['tel:+1'] }, /"tel:\+1" is not an address-of-record/],
      [{ md5Allowed: true }, /MD5 is allowed but its HA1/],
      [{ ha1: { sha256: undefined, sha512_256: undefined } }, /no HA1 value/],
      [{ ha1: { sha256: new Secret('AB'), sha512_256: undefined } }, /lower-case hex/],
    ]
    for (const [changes, message] of refused) {
      assert.throws(() => checkCredential(alice(changes)), { code: 'ERR_ASPIS_STORE_CREDENTIAL', message })
    }
    assert.throws(() => makeCredential('alice', 'x', new Secret(''), { md5: false }), /password is empty/)
    assert.throws(() => canonicalAor('sip:example.com'), /not an address-of-record/)
  })
})
