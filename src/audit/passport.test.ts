import assert from 'node:assert/strict'
import { createHmac, createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { identityOf, publicPem } from './passport.ts'
import { signingIdentity } from './signing-identity.ts'
import type { StirNeighbour } from './target.ts'

const { key, certificates } = signingIdentity('sip:neighbour@m.test')
const [der = Buffer.alloc(0)] = certificates
const neighbour: StirNeighbour = {
  key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  certificate: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
  url: 'https://m.test/a.pem',
  number: '15550100',
}
const dest = { tn: ['15550177'] }

function partsOf(value: string) {
  const [token = '', ...params] = value.split(';')
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return { input: `${header}.${payload}`, signature: Buffer.from(signature, 'base64url'), claims, params }
}

function isSigned({ input, signature }: ReturnType<typeof partsOf>): boolean {
  const publicKey = createPublicKey(neighbour.certificate)
  return verify('sha256', Buffer.from(input), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
}

test('a token left as it is was signed by the neighbour, for that callee', () => {
  const parts = partsOf(identityOf(neighbour, { dest, iat: 7 }))
  assert.ok(isSigned(parts))
  assert.partialDeepStrictEqual(parts.claims, { attest: 'A', dest, iat: 7, orig: { tn: '15550100' } })
  assert.deepEqual(parts.params, ['info=<https://m.test/a.pem>', 'alg=ES256', 'ppt=shaken'])
})

test('an edited token says what it was edited to, under the signature of before', () => {
  const parts = partsOf(identityOf(neighbour, { dest, edit: text => text.replace('15550100', '15550111') }))
  assert.equal(isSigned(parts), false)
  assert.partialDeepStrictEqual(parts.claims, { orig: { tn: '15550111' } })
})

test('a confused key is an HMAC with the public key, as long as a signature', () => {
  const secret = publicPem(neighbour)
  const { input, signature } = partsOf(identityOf(neighbour, { dest, alg: 'HS256', secret }))
  assert.deepEqual(signature, createHmac('sha512', secret).update(input).digest())
  assert.equal(signature.length, 64)
  assert.equal(partsOf(identityOf(neighbour, { dest, isUnsigned: true })).signature.length, 0)
})
