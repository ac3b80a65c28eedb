import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Credential } from './credential.ts'
import { type ExplainWorld, explain } from './explain.ts'
import { IDENTITY_FAILURES } from './failure.ts'
import { verificationPolicy } from './policy.ts'
import { signingKey } from './sign.ts'
import { signDiversion } from './sign-diversion.ts'
import {
  BASE_ORDER,
  callWith,
  identityOf,
  issue,
  KEY,
  NOW_MS,
  ROOT,
  SHAKEN_ORDER,
  worldOf,
  X5U,
} from './test-authority.ts'

function credentialOf(chains?: Readonly<Record<string, string>>): Credential | undefined {
  const answer = worldOf(chains).lookUp(X5U)
  return answer.kind === 'credential' ? answer.credential : undefined
}

const world = (changes: Partial<ExplainWorld> = {}): ExplainWorld => ({
  policy: verificationPolicy(),
  nowMs: NOW_MS,
  credential: credentialOf(),
  ...changes,
})
const token = identityOf(callWith(), SHAKEN_ORDER)
const refusals = (lines: readonly string[]) => lines.filter(line => line.startsWith('no'))

test('a good call has nothing against it, and says what it says', () => {
  const lines = explain(callWith({}, [token]).text, world())
  assert.deepEqual(refusals(lines), [])
  assert.ok(lines.includes('INVITE sip:12155551213@example.com;user=phone with 1 Identity header field'))
  assert.ok(lines.includes('header  ppt: shaken'))
  assert.ok(lines.includes('claim   attest: A'))
  assert.ok(lines.includes('claim   iat: 1443208345 (Fri, 25 Sep 2015 19:12:25 GMT)'))
  assert.ok(lines.includes('ok  The signature is right.'))
  assert.ok(lines.includes('ok  The certificate may speak for the number 12155551212.'))
})

test('all that is wrong is said, not the first thing only', () => {
  const thief = issue(ROOT, { numbers: [{ kind: 'one', number: '1' }] })
  const identity = identityOf(callWith(), BASE_ORDER, signingKey(thief.keyPem, thief.chain, X5U))
  const lines = { From: '<sip:eve@example.com>;tag=1', To: '<sip:bob@example.com>' }
  const said = refusals(explain(callWith(lines, [identity]).text, world({ nowMs: NOW_MS + 500_000 })))
  assert.deepEqual(said, [
    'no  The token is too old. (iat-stale, 403) It is 500 s old; 60 s are accepted.',
    'no  The caller in the token is not that of the request. (orig-differs, 438) Token: the number 12155551212; request: sip:eve@example.com.',
    'no  The destination in the token is not that of the request. (dest-differs, 438) Token: the number 12155551213; To: sip:bob@example.com.',
    'no  The signature does not fit the token and the key. (signature-wrong, 438)',
  ])
})

test('a number outside the certificate is said with what the certificate has', () => {
  const small = issue(ROOT, { numbers: [{ kind: 'one', number: '19995551212' }] })
  const identity = identityOf(callWith(), BASE_ORDER, signingKey(small.keyPem, small.chain, X5U))
  const lines = explain(identity, world({ credential: credentialOf({ [X5U]: small.chain }) }))
  assert.deepEqual(refusals(lines), [
    'no  The certificate does not cover the telephone number. (number-not-authorised, 438) It is the number 12155551212; the certificate has 19995551212.',
  ])
})

test('a bare token, a header field and a file with plain line ends are understood', () => {
  const bare = token.slice(0, token.indexOf(';'))
  for (const text of [
    bare,
    token,
    `Identity: ${token}\n`,
    callWith({}, [token]).text.replaceAll('\r\n', '\n'),
  ])
    assert.deepEqual(refusals(explain(text, world())), [], text)
})

test('what cannot be told is left open', () => {
  const open = explain(token, world({ credential: undefined })).filter(line => line.startsWith('--'))
  assert.deepEqual(open, [
    '--  No request was given, so nothing was compared with one.',
    `--  The certificate at ${X5U} was not looked at: signature and authority are open.`,
  ])
  const compact = identityOf(callWith(), { ...BASE_ORDER, form: 'compact' })
  assert.equal(explain(compact, world())[0]?.startsWith('--  The token is in compact form'), true)
})

test('a request without Identity says so', () => {
  assert.deepEqual(refusals(explain(callWith().text, world())), [
    'no  There is nothing that proves the caller: 428 Use Identity Header.',
  ])
})

test('a diverted call has nothing against it where it went', () => {
  const call = callWith({}, [token])
  const left = { kind: 'tn', value: '12155551213' } as const
  const signed = signDiversion(call, left, { kind: 'tn', value: '12155551214' }, {}, KEY, NOW_MS)
  assert.ok(signed.ok)
  const changed = { INVITE: 'sip:12155551214@example.com;user=phone', To: '<sip:carol@example.com>' }
  const text = callWith(changed, [token, ...signed.value.map(({ identity }) => identity)]).text
  const lines = explain(text, world())
  assert.deepEqual(refusals(lines), [])
  assert.ok(lines.some(line => line.endsWith('; a token of type div leads on from there.')))
})

test('a request that is none is not explained', () => {
  assert.deepEqual(explain('INVITE sip:a@b.example SIP/2.0\nVia: x\n\n', world()), [
    'no  The request cannot be read: missing-header.',
  ])
})

test('a stranger’s text stays on its line and printable', () => {
  const payload = Buffer.from('{"orig":{"tn":"1"},"x":"\\u001b[2J\\nok  fine \\u202e"}').toString('base64url')
  const lines = explain(`e30.${payload}.${'A'.repeat(86)}`, world())
  assert.ok(
    lines.every(line => /^[\x20-\x7e]*$/.test(line)),
    lines.join('\n'),
  )
  assert.ok(lines.includes('claim   x: \\u{1b}[2J\\u{a}ok  fine \\u{202e}'))
})

test('names of claims and the place of a certificate stay on their line too', () => {
  const payload = Buffer.from('{"orig":{"tn":"1"},"\\u001b[2J\\nok  fine":1}').toString('base64url')
  const lines = explain(`e30.${payload}.${'A'.repeat(86)}`, world())
  assert.ok(lines.includes('claim   \\u{1b}[2J\\u{a}ok  fine: 1'), lines.join('\n'))
  const subject = 'CN=x\u009b2J'
  const credential = credentialOf()
  assert.ok(credential !== undefined)
  const said = explain(token, world({ credential: { ...credential, subject } }))
  assert.ok(said.every(line => /^[\x20-\x7e]*$/.test(line)))
})

test('random text is explained and never thrown at', () => {
  for (const text of ['', '.', '..', '...', 'a.b.c', ';info=<>', 'INVITE x SIP/2.0\n\n', '\0', 'e30.e30.e30'])
    assert.ok(explain(text, world()).length > 0, text)
})

test('every failure has a sentence for people', () => {
  for (const [name, { words }] of Object.entries(IDENTITY_FAILURES))
    assert.match(words, /^[A-Z][^.]+\.$|^[A-Z].*8226\.$|^[A-Z].*9795\.$/, name)
})
