import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateText } from '../../sip/headers/date.ts'
import { parseFragment } from '../../sip/message/fragment.ts'
import { aorOf } from '../../sip/uri/equals.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import { parseReferTo } from './refer-to.ts'
import { parseReferredBy } from './referred-by.ts'
import { parseReplaces, type Replaces } from './replaces.ts'
import { isOfRefer, judgeToken, type TokenRules, tokenFields } from './token.ts'
import { UsedTokens } from './used-tokens.ts'

const nowMs = Date.UTC(2030, 0, 1, 12)
const rules: TokenRules = { maxAgeSeconds: 3600, aorOf, isSameTarget: (a, b) => aorOf(a) === aorOf(b) }
const memory = () => new UsedTokens(7200, nowMs - 86_400_000)

interface Trial {
  readonly referTo?: string
  readonly referredBy?: string
  readonly to?: string
  readonly dateMs?: number
  readonly signerAors?: readonly string[]
  readonly header?: string
  readonly target?: string
  readonly method?: string
  readonly replaces?: Replaces
  readonly callId?: string
  readonly fromTag?: string
  readonly used?: UsedTokens
  readonly atMs?: number
  /** Text put in place of the fields of the token. */
  readonly text?: string
}

const REFERRED_BY = '<sip:alice@example.test>;cid="t1@example.test"'

function tokenOf(trial: Trial) {
  const fields = tokenFields(
    {
      referTo: trial.referTo ?? '<sip:carol@example.test>',
      referredBy: trial.referredBy ?? REFERRED_BY,
      to: trial.to,
    },
    trial.dateMs ?? nowMs,
  )
  const signed = trial.text ?? fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const fragment = parseFragment(signed)
  assert.ok(fragment.ok)
  return { fragment: fragment.value, signerAors: trial.signerAors ?? ['sip:alice@example.test'], signed }
}

function judge(trial: Trial = {}): string {
  const target = parseUri(trial.target ?? 'sip:carol@example.test')
  const referredBy = parseReferredBy(trial.header ?? REFERRED_BY)
  assert.ok(target.ok && referredBy.ok)
  const judged = judgeToken(
    tokenOf(trial),
    {
      method: trial.method ?? 'INVITE',
      target: target.value,
      replaces: trial.replaces,
      referredBy: referredBy.value,
      callId: trial.callId ?? 'call-1',
      fromTag: trial.fromTag ?? 'a',
      refereeAors: ['sip:bob@example.test'],
    },
    rules,
    trial.atMs ?? nowMs,
    trial.used ?? memory(),
  )
  return judged.ok ? judged.value : judged.error
}

const ALICE = 'sip:alice@example.test'

test('RFB-06: a token signed by the referrer for this target, now, proves the referrer', () => {
  assert.equal(judge(), ALICE)
  assert.equal(judge({ to: '<sip:bob@example.test>' }), ALICE)
  assert.equal(judge({ referTo: '<sips:carol@example.test:5061;transport=tcp>' }), ALICE)
})

test('RFB-06: the certificate is the one of the referrer that the token names, and of the one in the header', () => {
  assert.equal(judge({ signerAors: ['sip:mallory@example.test'] }), 'token-of-another-signer')
  assert.equal(judge({ signerAors: [] }), 'token-of-another-signer')
  const boss = '<sip:boss@example.test>;cid="t1@example.test"'
  assert.equal(judge({ header: boss }), 'token-of-another-referrer')
  assert.equal(judge({ header: boss, referredBy: boss }), 'token-of-another-signer')
  assert.equal(judge({ header: REFERRED_BY.replace('t1', 't2') }), 'token-of-another-referrer')
})

test('RFB-07: cut and paste into a request for another target, method or dialog is refused', () => {
  assert.equal(judge({ target: 'sip:dave@example.test' }), 'token-for-another-target')
  assert.equal(judge({ target: 'sip:carol@other.test' }), 'token-for-another-target')
  assert.equal(judge({ method: 'SUBSCRIBE' }), 'token-for-another-target')
  const replaces = parseReplaces('c9;to-tag=1;from-tag=2')
  assert.ok(replaces.ok)
  assert.equal(judge({ replaces: replaces.value }), 'token-for-another-target')
  const referTo = '<sip:carol@example.test?Replaces=c9%3Bto-tag%3D1%3Bfrom-tag%3D2>'
  assert.equal(judge({ referTo }), 'token-for-another-target')
  assert.equal(judge({ referTo, replaces: replaces.value }), ALICE)
})

test('RFB-07: a Date older than allowed, ahead, or from before memory began is stale', () => {
  assert.equal(judge({ dateMs: nowMs - 3_600_000 }), ALICE)
  assert.equal(judge({ dateMs: nowMs - 3_601_000 }), 'token-stale')
  assert.equal(judge({ dateMs: nowMs + 3_601_000 }), 'token-stale')
  assert.equal(judge({ dateMs: nowMs - 2000, used: new UsedTokens(7200, nowMs - 1000) }), 'token-stale')
  assert.equal(judge({ used: new UsedTokens(7200, nowMs + 500) }), ALICE)
})

test('RFB-08: a token for another referee is refused', () => {
  assert.equal(judge({ to: '<sip:dave@example.test>' }), 'token-for-another-referee')
})

test('RFB-06: Refer-To, Referred-By and Date stand once each', () => {
  const lines = tokenOf({})
    .signed.split('\r\n')
    .filter(line => line !== '')
  assert.equal(lines.length, 3)
  for (const left of lines) {
    assert.equal(judge({ text: lines.filter(line => line !== left).join('\r\n') }), 'token-incomplete', left)
    assert.equal(judge({ text: [...lines, left].join('\r\n') }), 'token-incomplete', left)
  }
  const two = [...lines, 'To: <sip:bob@example.test>', 'To: <sip:x@y.test>']
  assert.equal(judge({ text: two.join('\r\n') }), 'token-incomplete')
  assert.equal(judge({ text: [...lines, 'To: nobody'].join('\r\n') }), 'token-incomplete')
})

test('RFB-07: a token is good for one call; the same call may show it again for a minute', () => {
  const used = memory()
  assert.equal(judge({ used }), ALICE)
  assert.equal(judge({ used, callId: 'call-2' }), 'token-used')
  assert.equal(judge({ used, fromTag: 'b' }), 'token-used')
  assert.equal(judge({ used, atMs: nowMs + 60_000 }), ALICE)
  assert.equal(judge({ used, atMs: nowMs + 60_001 }), 'token-used')
})

test('RFB-07: the same call shows it eight times at most', () => {
  const used = memory()
  const said = Array.from({ length: 9 }, () => judge({ used }))
  assert.deepEqual(said, [...Array<string>(8).fill(ALICE), 'token-used'])
})

test('RFB-07: what another process took is taken here, and what is taken here is told once', () => {
  const [here, there] = [memory(), memory()]
  const told: string[] = []
  here.onTaken = (token, call, atMs) => {
    told.push(call)
    there.heard(token, call, atMs)
  }
  assert.equal(judge({ used: here }), ALICE)
  assert.equal(judge({ used: here }), ALICE)
  assert.deepEqual(told, ['call-1\na'])
  assert.equal(judge({ used: there, callId: 'call-2' }), 'token-used')
  assert.equal(judge({ used: there }), ALICE)
})

test('RFB-07: what was refused for another reason is not used up', () => {
  const used = memory()
  assert.equal(judge({ used, target: 'sip:dave@example.test', callId: 'call-2' }), 'token-for-another-target')
  assert.equal(judge({ used }), ALICE)
})

test('RFB-07: when memory is full, no token is taken', () => {
  const used = new UsedTokens(7200, nowMs - 86_400_000, 1)
  assert.equal(judge({ used }), ALICE)
  const referredBy = REFERRED_BY.replace('t1', 't2')
  assert.equal(judge({ used, referredBy, header: referredBy, callId: 'call-2' }), 'token-used')
})

test('RFB-04: a token in a REFER says what the REFER says', () => {
  const referTo = parseReferTo('<sip:carol@example.test>')
  const other = parseReferTo('<sip:dave@example.test>')
  const referredBy = parseReferredBy(REFERRED_BY)
  assert.ok(referTo.ok && other.ok && referredBy.ok)
  assert.ok(isOfRefer(tokenOf({}), referTo.value, referredBy.value))
  assert.ok(!isOfRefer(tokenOf({}), other.value, referredBy.value))
  assert.ok(!isOfRefer(tokenOf({ signerAors: [] }), referTo.value, referredBy.value))
})

test('RFB-06: what is made to be signed has the fields that RFC 3892 demands, and To only when asked', () => {
  const parts = { referTo: '<sip:c@x.test>', referredBy: '<sip:a@x.test>;cid="1@x.test"' }
  assert.deepEqual(tokenFields(parts, nowMs), [
    ['Date', dateText(Math.floor(nowMs / 1000))],
    ['Refer-To', '<sip:c@x.test>'],
    ['Referred-By', '<sip:a@x.test>;cid="1@x.test"'],
  ])
  assert.deepEqual(tokenFields({ ...parts, to: '<sip:b@x.test>' }, nowMs)[3], ['To', '<sip:b@x.test>'])
})
