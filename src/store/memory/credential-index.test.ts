import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Secret } from '../../base/secret.ts'
import { makeCredential, userhashOf } from '../credentials.ts'
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
