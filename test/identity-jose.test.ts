/** Tokens beside `jose`, which knows JWS and nothing of telephones: what one signs, the other reads. */
import assert from 'node:assert/strict'
import { createHmac, createPublicKey, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { writeIdentity } from '../src/mechanisms/identity/identity-header.ts'
import {
  BASE_ORDER,
  callWith,
  decided,
  identityOf,
  NOW,
  PROVIDER,
  SHAKEN_ORDER,
  worldOf,
  X5U,
} from '../src/mechanisms/identity/test-authority.ts'
import { verifyRequest } from '../src/mechanisms/identity/verify.ts'

/** What is used of the package. */
interface Jose {
  CompactSign: new (
    payload: Uint8Array,
  ) => { setProtectedHeader(header: object): { sign(key: KeyObject): Promise<string> } }
  compactVerify(
    token: string,
    key: KeyObject,
    options: { readonly algorithms: readonly string[] },
  ): Promise<{ readonly payload: Uint8Array; readonly protectedHeader: { readonly x5u?: string } }>
}

/** By a name that is no literal, so that a checkout without the package has no error of types. */
async function loadJose(): Promise<Jose | undefined> {
  const name: string = 'jose'
  try {
    return await import(name)
  } catch {
    return undefined
  }
}

const jose = await loadJose()
const skip = jose === undefined ? 'needs the package jose: run npm ci' : false
const publicKey = createPublicKey(PROVIDER.key)
const PAYLOAD = { dest: { tn: ['12155551213'] }, iat: NOW, orig: { tn: '12155551212' } }

async function signedByJose(header: object, payload: object): Promise<string> {
  assert.ok(jose)
  const octets = new TextEncoder().encode(JSON.stringify(payload))
  return await new jose.CompactSign(octets).setProtectedHeader(header).sign(PROVIDER.key)
}

const judge = (token: string, ppt = '') =>
  decided(verifyRequest(callWith({}, [writeIdentity(token, X5U, ppt)]), worldOf()))

test('jose reads what we sign', { skip }, async () => {
  assert.ok(jose)
  for (const order of [BASE_ORDER, SHAKEN_ORDER]) {
    const token = identityOf(callWith(), order).split(';')[0] ?? ''
    const { payload, protectedHeader } = await jose.compactVerify(token, publicKey, { algorithms: ['ES256'] })
    assert.equal(protectedHeader.x5u, X5U)
    assert.equal(JSON.parse(new TextDecoder().decode(payload)).orig.tn, '12155551212')
  }
})

test('we read what jose signs, in whatever order its keys stand', { skip }, async () => {
  const headers = [
    { alg: 'ES256', typ: 'passport', x5u: X5U },
    { x5u: X5U, typ: 'passport', alg: 'ES256' },
  ]
  for (const header of headers) assert.equal(judge(await signedByJose(header, PAYLOAD)).isValid, true)
})

test('jose and we say the same of a token with one octet changed', { skip }, async () => {
  const good = await signedByJose({ alg: 'ES256', typ: 'passport', x5u: X5U }, PAYLOAD)
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.constantFrom(...'ABZaz09-_.'), async (at, char) => {
      assert.ok(jose)
      const token = good.slice(0, at) + char + good.slice(at + 1)
      const theirs = await jose.compactVerify(token, publicKey, { algorithms: ['ES256'] }).then(
        () => true,
        () => false,
      )
      // What they refuse we refuse. A text with bits left over is another matter: they take it, we do not.
      if (!theirs || token === good) assert.equal(judge(token).isValid, theirs)
    }),
    { numRuns: 150 },
  )
})

test('a token of HS256 with the public key as its secret is refused (STV-08)', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'HS256', typ: 'passport', x5u: X5U })}.${part(PAYLOAD)}`
  const secret = publicKey.export({ type: 'spki', format: 'pem' })
  const mac = createHmac('sha256', secret).update(input).digest()
  assert.equal(judge(`${input}.${mac.toString('base64url')}`).failure, 'signature-malformed')
  const padded = Buffer.concat([mac, mac]).toString('base64url')
  assert.equal(judge(`${input}.${padded}`).failure, 'alg-not-es256')
})

test('a token without signature is refused (STV-08)', () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'none', typ: 'passport', x5u: X5U })}.${part(PAYLOAD)}`
  assert.equal(judge(`${input}.`).failure, 'signature-malformed')
  assert.equal(judge(`${input}.${'A'.repeat(86)}`).failure, 'alg-not-es256')
})
