import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseUri } from '../../sip/uri/uri.ts'
import { canonicalPrefix, digitsOf, type NumberPlan, readNumber } from './number.ts'

const BRITAIN: NumberPlan = {
  country: '44',
  internationalPrefix: '00',
  nationalPrefix: '0',
  nationalDigits: 0,
}
const AMERICA: NumberPlan = {
  country: '1',
  internationalPrefix: '011',
  nationalPrefix: '1',
  nationalDigits: 10,
}

function read(uri: string, plan: NumberPlan | 'none' = BRITAIN, mayRoute = false): string {
  const parsed = parseUri(uri)
  assert.ok(parsed.ok, uri)
  const reading = readNumber(
    parsed.value,
    plan === 'none' ? undefined : plan,
    host => host === 'a.test',
    mayRoute,
  )
  return `${reading.kind} ${digitsOf(reading)}`.trim()
}

const sip = (user: string): string => read(`sip:${user}@a.test`)

test('PST-05: one number has one reading, however it is dialled', () => {
  for (const user of [
    '+442079460123',
    '00442079460123',
    '02079460123',
    '+44-20-7946-0123',
    '+44(0)2079460123',
    '0044(0)20.7946.0123',
    '%2B442079460123',
    '%30%3044207946012%33',
    '020%2D7946%2d0123',
    '+442079460123;isub=1',
  ]) {
    assert.equal(sip(user), 'number +442079460123', user)
  }
  assert.equal(read('tel:+44-20-7946-0123'), 'number +442079460123')
  assert.equal(read('tel:020-7946-0123;phone-context=a.test'), 'number +442079460123')
  assert.equal(read('sip:020-7946-0123;phone-context=A.test@a.test;user=phone'), 'number +442079460123')
})

test('a plan without national prefix counts digits, and one with another prefix knows it', () => {
  for (const user of ['2015550123', '12015550123', '+12015550123', '01112015550123']) {
    assert.equal(read(`sip:${user}@a.test`, AMERICA), 'number +12015550123', user)
  }
  assert.equal(read('sip:911@a.test', AMERICA), 'number 911')
  assert.equal(read('sip:011442079460123@a.test', AMERICA), 'number +442079460123')
})

test('without a plan a number is as it was dialled', () => {
  assert.equal(read('sip:0044-20@a.test', 'none'), 'number 004420')
  assert.equal(read('sip:+44(0)20@a.test', 'none'), 'number +44020')
})

test('PST-05: what might be dialled as another number than it looks like is unreadable', () => {
  for (const user of [
    '%D9%A0%D9%A9%D9%A0%D9%A0',
    '%EF%BC%90900',
    '0900%00123',
    '0900%20123',
    '0900,123',
    '0%E2%80%8B900',
    '++44900',
    '44+900',
    `0${'9'.repeat(40)}`,
    '+0900',
    '000900',
    '0900;phone-context=+1',
    '0900;phone-context=b.test',
    '020;rn=+44900',
    '020;%72n=+44900',
    '020;cic=+1-6789',
    '020;tgrp=x;trunk-context=y',
  ]) {
    assert.match(sip(user), /^unreadable/, user)
  }
  assert.match(read('tel:0900;phone-context=%2B1'), /^unreadable/)
  assert.match(read('sip:0900x@a.test;user=phone'), /^unreadable/)
})

test('routing parameters are a neighbour’s business', () => {
  assert.equal(read('sip:+4420;npdi;rn=+4421@a.test', BRITAIN, true), 'number +4420')
})

test('a name is no number, and what it begins with is known', () => {
  assert.equal(sip('alice'), 'name')
  assert.equal(sip('j%C3%BCrgen'), 'name')
  assert.equal(sip('0900x'), 'name +44900')
  assert.equal(sip('0900x123'), 'name +44900')
  assert.equal(read('sip:a.test'), 'name')
})

test('a service code is none either', () => {
  assert.equal(sip('*97'), 'code')
  assert.equal(sip('%2A670900'), 'code')
  assert.equal(sip('0900*1'), 'code +44900')
})

test('prefixes of the configuration are read by the same plan', () => {
  for (const [written, canonical] of [
    ['0900', '+44900'],
    ['0044900', '+44900'],
    ['+440900', '+44900'],
    ['00', '+'],
    ['112', '112'],
  ] as const) {
    assert.equal(canonicalPrefix(written, BRITAIN), canonical)
  }
  assert.equal(canonicalPrefix('0900', undefined), '0900')
})

const RUSSIA: NumberPlan = {
  country: '7',
  internationalPrefix: '810',
  nationalPrefix: '8',
  nationalDigits: 0,
}

test('PST-05: a national prefix that numbers begin with themselves is not taken out of them', () => {
  for (const user of ['+78091234567', '88091234567', '81078091234567'])
    assert.equal(read(`sip:${user}@a.test`, RUSSIA), 'number +78091234567')
  assert.equal(canonicalPrefix('+7809', RUSSIA), '+7809')
  assert.equal(canonicalPrefix('8809', RUSSIA), '+7809')
})

test('PST-05: a national prefix that is there twice changes nothing, as a gateway may drop both', () => {
  for (const user of ['+44009001', '0044009001', '+44(0)09001', '+449001'])
    assert.equal(sip(user), 'number +449001')
  for (const user of ['+1119001234567', '119001234567', '19001234567'])
    assert.equal(read(`sip:${user}@a.test`, AMERICA), 'number +19001234567')
})

test('PST-05: what the configuration calls a number is read as that number when it is dialled', () => {
  const digits = fc.stringMatching(/^\+?[0-9]{2,12}$/)
  const plan = fc.constantFrom(BRITAIN, RUSSIA, { ...AMERICA, nationalDigits: 0 })
  fc.assert(
    fc.property(digits, plan, (text, country) => {
      const reading = read(`sip:${text}@a.test`, country)
      if (reading.startsWith('number ')) assert.equal(reading, `number ${canonicalPrefix(text, country)}`)
    }),
  )
  assert.equal(canonicalPrefix('112', AMERICA), read('sip:112@a.test', AMERICA).split(' ')[1])
})
