import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { request } from '../../../test/support/sip-text.ts'
import { judgeReferTo, parseReferTo, type ReferToRules, referToOf } from './refer-to.ts'
import { parseReferredBy, referredByOf } from './referred-by.ts'
import { isSameReplaces, parseReplaces, replacesOf } from './replaces.ts'

const rules: ReferToRules = { hosts: [], isServed: host => host === 'example.test' }

function judge(value: string, changes: { isSecure?: boolean; isInDialog?: boolean; hosts?: string[] } = {}) {
  const target = parseReferTo(value)
  if (!target.ok) return target.error
  const { isSecure = false, isInDialog = false, hosts = [] } = changes
  return judgeReferTo(target.value, { ...rules, hosts }, isSecure, isInDialog) ?? 'taken'
}

test('RFB-01: a REFER has exactly one Refer-To', () => {
  const of = (...lines: string[]) => {
    const target = referToOf(request({ method: 'REFER', lines }))
    return target.ok ? target.value.uri.text : target.error
  }
  assert.equal(of('Refer-To: <sip:carol@example.test>'), 'sip:carol@example.test')
  assert.equal(of('r: sip:carol@example.test'), 'sip:carol@example.test')
  assert.equal(of(), 'refer-to-missing')
  assert.equal(of('Refer-To: <sip:c@x.test>, <sip:d@x.test>'), 'refer-to-repeated')
  assert.equal(of('Refer-To: <carol>'), 'refer-to-malformed')
})

test('RFB-09: a Refer-To leads to sip and sips only, and to no address that is reached from within only', () => {
  for (const value of ['<tel:+4420>', '<https://x.test/>', '<cid:list@x.test>'])
    assert.equal(judge(value), 'refer-to-scheme', value)
  for (const host of [
    '127.0.0.1',
    '10.1.2.3',
    '192.168.1.1',
    '169.254.1.1',
    '0.0.0.0',
    '[::1]',
    '[fd00::1]',
    '[::ffff:10.0.0.1]',
    'localhost',
    'printer.local',
    'x.test;maddr=10.0.0.1',
  ])
    assert.equal(judge(`<sip:carol@${host}>`), 'refer-to-private-host', host)
  assert.equal(judge('<sip:carol@example.test>'), 'taken')
  assert.equal(judge('<sip:carol@x.test>'), 'taken')
  assert.equal(judge('<sip:carol@192.168.1.1>', { hosts: ['192.168.1.1'] }), 'taken')
  assert.equal(judge('<sip:carol@x.test>', { hosts: ['y.test'] }), 'refer-to-other-host')
  assert.equal(judge('<sip:carol@example.test>', { hosts: ['y.test'] }), 'taken')
})

test('RFB-09: an attended transfer in a call may name the address of a phone', () => {
  const value = '<sip:carol@192.168.1.7:5060?Replaces=c1%3Bto-tag%3D1%3Bfrom-tag%3D2>'
  assert.equal(judge(value), 'refer-to-private-host')
  assert.equal(judge(value, { isInDialog: true }), 'taken')
  assert.equal(judge('<sip:carol@192.168.1.7>', { isInDialog: true }), 'refer-to-private-host')
})

test('RFB-09: words in the mouth of the referee are refused: methods, and headers but Replaces and Require', () => {
  assert.equal(judge('<sip:c@x.test;method=INVITE?Require=replaces>'), 'taken')
  for (const part of [
    ';method=BYE',
    ';method=REGISTER',
    '?From=sip%3Aboss%40x.test',
    '?f=sip%3Aboss%40x.test',
    '?%46rom=sip%3Aboss%40x.test',
    '?Route=%3Csip%3Aevil.test%3Blr%3E',
    '?body=x',
    '?Replaces=c%3Bto-tag%3D1%3Bfrom-tag%3D2&Contact=x',
  ])
    assert.equal(judge(`<sip:c@x.test${part}>`), 'refer-to-embedded', part)
  for (const part of ['?Replaces=c', '?Subject=%0D%0AFrom%3A', `?${'a=1&'.repeat(9)}a=1`])
    assert.equal(judge(`<sip:c@x.test${part}>`), 'refer-to-malformed', part)
})

test('RFB-11: what came by sips leads to sips', () => {
  assert.equal(judge('<sip:carol@example.test>', { isSecure: true }), 'refer-to-not-secure')
  assert.equal(judge('<sips:carol@example.test>', { isSecure: true }), 'taken')
})

test('RFB-03: there is at most one Referred-By, and its cid names the token as RFC 3892 writes it', () => {
  const of = (...lines: string[]) => {
    const by = referredByOf(request({ lines }))
    return by.ok ? `${by.value?.uri.text} ${by.value?.contentId}` : by.error
  }
  assert.equal(of(), 'undefined undefined')
  assert.equal(of('Referred-By: sip:r@x.test;cid="a.1@x.test"'), 'sip:r@x.test <a.1@x.test>')
  assert.equal(of('b: <sip:r@x.test>'), 'sip:r@x.test undefined')
  assert.equal(of('b: <sip:r@x.test>', 'Referred-By: <sip:s@x.test>'), 'referred-by-repeated')
  for (const value of [
    '<sip:r@x.test>;cid=a@x',
    '<sip:r@x.test>;cid="a"',
    '<tel:+44>',
    '<sip:r@x>;cid="a b@c"',
  ])
    assert.equal(parseReferredBy(value).ok, false, value)
})

test('RFB-10: Replaces stands once, in an INVITE, with a Call-ID and both tags', () => {
  const of = (method: string, ...lines: string[]) => {
    const replaces = replacesOf(request({ method, lines }))
    return replaces.ok ? replaces.value : replaces.error
  }
  const value = 'c1@x;to-tag=1;from-tag=2;early-only'
  assert.deepEqual(of('INVITE', `Replaces: ${value}`), {
    ...{ callId: 'c1@x', toTag: '1', fromTag: '2' },
    isEarlyOnly: true,
  })
  assert.equal(of('INVITE'), undefined)
  assert.equal(of('SUBSCRIBE', `Replaces: ${value}`), 'replaces-outside-invite')
  assert.equal(of('INVITE', `Replaces: ${value}, ${value}`), 'replaces-repeated')
  for (const bad of [
    '',
    'c1',
    'c1;to-tag=1',
    ';to-tag=1;from-tag=2',
    'c1;to-tag=1;to-tag=2;from-tag=3',
    'a, b;to-tag=1;from-tag=1',
  ])
    assert.equal(parseReplaces(bad).ok, false, bad)
})

test('RFB-10: two Replaces are one when dialog and early-only are', () => {
  const read = (value: string) => {
    const replaces = parseReplaces(value)
    assert.ok(replaces.ok)
    return replaces.value
  }
  const one = read('c;to-tag=1;from-tag=2')
  assert.ok(isSameReplaces(one, read('c ;from-tag=2;to-tag=1')))
  for (const other of ['d;to-tag=1;from-tag=2', 'c;to-tag=2;from-tag=1', 'c;to-tag=1;from-tag=2;early-only'])
    assert.ok(!isSameReplaces(one, read(other)), other)
  assert.ok(!isSameReplaces(one, undefined))
  assert.ok(isSameReplaces(undefined, undefined))
})

test('nothing in these fields throws', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    'sip:',
    'a@b',
    '?',
    '&',
    '=',
    '%',
    '%41',
    ';',
    '"',
    'cid=',
    'Replaces',
    ',',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), list => {
      const text = list.join('')
      judge(text)
      parseReferredBy(text)
      parseReplaces(text)
    }),
  )
})
