import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request } from '../../../test/support/sip-text.ts'
import { UserAuthorityOfTests } from '../../../test/support/user-certificates.ts'
import { RecentMap } from '../../base/recent-map.ts'
import { dateText } from '../../sip/headers/date.ts'
import type { Field } from '../../sip/message/write.ts'
import { AIB_MEMORY_SECONDS, judgeIdentity, openAib, writeAib } from './aib.ts'
import { bodyEntity } from './multipart.ts'
import { writeSigned } from './multipart-signed.ts'

const nowMs = Date.UTC(2030, 0, 1)
const authority = new UserAuthorityOfTests(nowMs)
const alice = authority.user('sip:alice@example.test')
const memory = () => new RecentMap<true>(100, AIB_MEMORY_SECONDS * 1000, nowMs - 7_200_000)

const good: readonly Field[] = [
  ['From', 'Alice <sip:alice@example.test>'],
  ['To', '<sip:bob@example.test>'],
  ['Contact', '<sip:alice@192.0.2.1:5060>'],
  ['Date', dateText(Math.floor(nowMs / 1000))],
  ['Call-ID', 'call-1'],
  ['CSeq', '1 INVITE'],
]
function withField(name: string, value: string): Field[] {
  return good.map(field => (field[0] === name ? [name, value] : field))
}

function judge(fields: readonly Field[], used = memory(), signer = alice, atMs = nowMs): string {
  const body = writeAib(fields, signer, nowMs)
  const aib = openAib(bodyEntity(body.body, body), [authority], nowMs)
  if (!aib.ok) return aib.error
  const contact = 'Contact: <sip:alice@192.0.2.1:5060>'
  const sip = request({ callId: 'call-1', fromTag: 'a', lines: [contact] })
  const identity = judgeIdentity(aib.value, sip, atMs, used)
  return identity.ok ? identity.value : identity.error
}

test('SMI-11: an identity body proves who sends the request that it was made for', () => {
  assert.equal(judge(good), 'sip:alice@example.test')
  assert.equal(judge(good.filter(([name]) => name !== 'To' && name !== 'CSeq')), 'sip:alice@example.test')
})

test('SMI-11: without From, Date, Call-ID or Contact it proves nothing', () => {
  for (const name of ['From', 'Date', 'Call-ID', 'Contact'])
    assert.equal(judge(good.filter(field => field[0] !== name)), 'aib-field-missing', name)
  assert.equal(judge([...good, ['Date', dateText(Math.floor(nowMs / 1000))]]), 'aib-field-missing')
})

test('SMI-11: pasted into another request, it proves nothing', () => {
  for (const [name, value] of [
    ['From', '<sip:boss@example.test>'],
    ['To', '<sip:carol@example.net>'],
    ['Contact', '<sip:alice@192.0.2.2:5060>'],
    ['Call-ID', 'call-2'],
    ['CSeq', '2 INVITE'],
  ] as const)
    assert.equal(judge(withField(name, value)), 'aib-of-another-request', name)
})

test('SMI-11: a Date more than an hour off is stale, and so is one from before memory began', () => {
  const at = (offsetMs: number, used = memory()) =>
    judge(withField('Date', dateText(Math.floor((nowMs + offsetMs) / 1000))), used)
  assert.equal(at(-3_600_000), 'sip:alice@example.test')
  assert.equal(at(-3_601_000), 'aib-stale')
  assert.equal(at(3_601_000), 'aib-stale')
  assert.equal(at(-60_000, new RecentMap<true>(100, 1000, nowMs - 30_000)), 'aib-stale')
  assert.equal(judge(withField('Date', 'yesterday')), 'aib-stale')
})

test('SMI-11: each Call-ID is good once', () => {
  const used = memory()
  assert.equal(judge(good, used), 'sip:alice@example.test')
  assert.equal(judge(good, used), 'aib-used')
})

test('SMI-07: the signer is who stands in From', () => {
  assert.equal(judge(good, memory(), authority.user('sip:mallory@example.test')), 'aib-of-another-signer')
})

test('SMI-11: what is unsigned, no fragment or without the disposition aib is none', () => {
  const plain = 'Content-Type: message/sipfrag\r\nContent-Disposition: aib\r\n\r\nDate: x\r\n'
  const open = (contentType: string, body: string) => {
    const aib = openAib(bodyEntity(body, { contentType }), [authority], nowMs)
    return aib.ok ? 'opened' : aib.error
  }
  assert.equal(open('message/sipfrag', 'Date: x\r\n'), 'not-signed')
  for (const [entity, fault] of [
    [plain, 'opened'],
    [plain.replace('aib', 'render'), 'not-an-aib'],
    [plain.replace('sipfrag', 'sip'), 'not-an-aib'],
    [plain.replace('Date: x', 'no field'), 'fragment-malformed'],
  ] as const) {
    const signed = writeSigned(entity, alice, nowMs)
    assert.equal(open(signed.contentType, signed.body), fault)
  }
  assert.throws(() => writeAib([['From', 'x\r\nTo: y']], alice, nowMs), TypeError)
})
