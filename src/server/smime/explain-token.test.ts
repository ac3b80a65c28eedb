import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestText } from '../../../test/support/sip-text.ts'
import { UserAuthorityOfTests } from '../../../test/support/user-certificates.ts'
import { tokenFields } from '../../mechanisms/refer/token.ts'
import { writeAib } from '../../mechanisms/smime/aib.ts'
import type { Field } from '../../sip/message/write.ts'
import { explainToken } from './explain-token.ts'

const nowMs = Date.UTC(2030, 0, 1)
const authority = new UserAuthorityOfTests(nowMs)
const alice = authority.user('sip:alice@example.test')
const mallory = authority.user('sip:mallory@example.test')
const REFERRED_BY = '<sip:alice@example.test>;cid="t1@example.test"'

/** A REFER to carol with a token for that place. */
function report(referTo: string, signer = alice, more: readonly Field[] = []) {
  const fields = [...tokenFields({ referTo, referredBy: REFERRED_BY }, nowMs), ...more]
  const { contentType, body } = writeAib(fields, signer, nowMs)
  const lines = [
    'Refer-To: <sip:carol@example.test>',
    `Referred-By: ${REFERRED_BY}`,
    `Content-Type: ${contentType}`,
    'Content-ID: <t1@example.test>',
  ]
  return explainToken(requestText({ method: 'REFER', lines, body }), [authority], nowMs)
}

test('RFB-06: the token of a REFER is good for what that REFER says, and only when its referrer signed it', () => {
  assert.equal(report('<sip:carol@example.test>').isGood, true)
  for (const { isGood, lines } of [
    report('<sip:toll@example.test>'),
    report('<sip:carol@example.test>', mallory),
  ]) {
    assert.equal(isGood, false)
    assert.match(lines.at(-1) ?? '', /token-of-another-refer/)
  }
})

test('what a signer writes stays printable', () => {
  const { lines } = report('<sip:carol@example.test>', alice, [['Subject', '\u001b[2Jgood: all']])
  assert.ok(
    lines.every(line => /^[\x20-\x7e]*$/.test(line)),
    JSON.stringify(lines),
  )
})
