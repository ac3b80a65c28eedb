import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, requestFrom, response } from '../../../test/support/sip-text.ts'
import { H } from '../message/header-id.ts'
import { writeForwardedRequest, writeForwardedResponse } from '../message/write.ts'
import { claimsOfTrust, type Trust } from './trust.ts'

const CLAIMS = [
  'P-Asserted-Identity: <sip:boss@example.test>',
  'P-Preferred-Identity: <sip:boss@example.test>',
  'Remote-Party-ID: <sip:boss@example.test>;screen=yes',
  'Diversion: <sip:boss@example.test>;reason=unconditional',
  'Security-Verify: tls;q=0.1',
  'P-Charging-Vector: icid-value=1',
  'p-served-user: <sip:boss@example.test>',
  'X-Authenticated-User: boss',
]
const KEPT = [
  'Referred-By: <sip:carol@example.test>',
  'Identity: abc;info=<https://cert.example/x>;alg=ES256',
  'Privacy: id',
  'Subject: lunch',
]

function sentBy(from: Trust, lines: readonly string[], keepHistory = false): string {
  const received = request({ lines })
  return writeForwardedRequest(received, {
    via: 'SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKx',
    maxForwards: 69,
    ...claimsOfTrust(received, from, keepHistory),
  })
}

test('PRX-25, PAI-02: claims of trust by users and strangers are taken off, in every spelling', () => {
  for (const from of ['user', 'stranger'] as const) {
    const sent = sentBy(from, [...CLAIMS, 'p-asserted-IDENTITY: <tel:+15550100>', ...KEPT])
    for (const line of CLAIMS) assert.ok(!sent.includes(line), `${from}: ${line}`)
    assert.ok(!sent.includes('tel:+15550100'))
  }
})

test('PRX-26: Referred-By, Identity and Privacy stay', () => {
  for (const from of ['trusted', 'user', 'stranger'] as const) {
    const sent = sentBy(from, KEPT)
    for (const line of KEPT) assert.ok(sent.includes(`${line}\r\n`), `${from}: ${line}`)
  }
})

test('PAI-04: P-Preferred-Identity is never sent on, other claims of the trust domain are', () => {
  const sent = sentBy('trusted', CLAIMS)
  assert.ok(!sent.includes('P-Preferred-Identity'))
  for (const line of CLAIMS.filter(claim => !claim.startsWith('P-Preferred')))
    assert.ok(sent.includes(line), line)
})

test('PRX-25: every X- field of a stranger goes, of a user only those that claim an identity', () => {
  const lines = ['X-Phone-Model: 7', 'x-trusted: yes']
  const fromUser = requestFrom(sentBy('user', lines))
  assert.equal(fromUser.named('X-Phone-Model'), '7')
  assert.equal(fromUser.named('X-Trusted'), undefined)
  assert.equal(requestFrom(sentBy('stranger', lines)).named('X-Phone-Model'), undefined)
})

test('PRX-25: History-Info goes unless the configuration keeps it', () => {
  const lines = ['History-Info: <sip:boss@example.test>;index=1']
  assert.equal(requestFrom(sentBy('user', lines)).has(H.historyInfo), false)
  assert.equal(requestFrom(sentBy('user', lines, true)).has(H.historyInfo), true)
})

test('PAI-02: a response of a stranger is cleaned the same way', () => {
  const received = response(200, CLAIMS)
  const sent = writeForwardedResponse(received, claimsOfTrust(received, 'stranger'))
  for (const line of CLAIMS) assert.ok(!sent.includes(line), line)
})
