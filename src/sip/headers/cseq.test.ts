import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCSeq } from './cseq.ts'

test('a CSeq is a number and a method', () => {
  assert.deepEqual(parseCSeq('0009 \t INVITE'), { ok: true, value: { number: 9, method: 'INVITE' } })
  assert.deepEqual(parseCSeq('0 x!%*'), { ok: true, value: { number: 0, method: 'x!%*' } })
})

test('MSG-05: 2^31 and more is refused', () => {
  assert.equal(parseCSeq('2147483647 ACK').ok, true)
  for (const number of [
    '2147483648',
    '4294967295',
    '4294967296',
    '9999999999',
    '36893488147419103232',
    '00000000001',
  ])
    assert.equal(parseCSeq(`${number} ACK`).ok, false, number)
})

test('a number without method, a method without number, a sign, a second word are refused', () => {
  for (const text of [
    '',
    '1',
    '1 ',
    'ACK',
    '1ACK',
    '-1 ACK',
    '+1 ACK',
    '1 ACK x',
    '1.0 ACK',
    '1 A,B',
    '0x1 ACK',
    '1\0ACK',
  ])
    assert.equal(parseCSeq(text).ok, false, text)
})
