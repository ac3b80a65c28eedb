import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { element, integer, sequence } from '../../base/x509/der-write.ts'
import { checkConstraints, readClaimConstraints, writeClaimConstraints } from './claim-constraints.ts'
import {
  coversNumber,
  isTnEntry,
  readTnAuthList,
  type TnAuthList,
  type TnEntry,
  writeTnAuthList,
} from './tn-auth-list.ts'

const range = (start: string, count: number): TnEntry => ({ kind: 'range', start, count })
const covers = (list: TnAuthList, number: string) => coversNumber(list, number, code => code === 'ours')

const digits = fc.stringMatching(/^[1-9]\d{0,14}$/)
const entries = fc.oneof(
  fc.stringMatching(/^[A-Z\d]{1,8}$/).map((code): TnEntry => ({ kind: 'spc', code })),
  fc.stringMatching(/^[\d#*]{1,15}$/).map((number): TnEntry => ({ kind: 'one', number })),
  fc
    .tuple(digits, fc.nat({ max: 2 ** 31 }))
    .map(([start, count]): TnEntry => ({ kind: 'range', start, count }))
    .filter(isTnEntry),
)

test('a list that is written is read the same', () => {
  fc.assert(
    fc.property(fc.array(entries, { minLength: 1, maxLength: 8 }), list => {
      const read = readTnAuthList(writeTnAuthList(list))
      assert.deepEqual(read.ok && read.value, list)
    }),
  )
})

test('junk is refused and never thrown at', () => {
  const good = writeTnAuthList([range('1000', 10), { kind: 'spc', code: '1234' }])
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, octet) => {
      const bytes = Buffer.from(good)
      bytes[at] = octet
      const read = readTnAuthList(bytes)
      if (read.ok) assert.ok(read.value.every(isTnEntry))
    }),
  )
})

test('a range counts from its start and does not grow by a digit (STC-02)', () => {
  assert.ok(covers([range('1000', 10)], '1000'))
  assert.ok(covers([range('1000', 10)], '1009'))
  assert.ok(!covers([range('1000', 10)], '1010'))
  assert.ok(!covers([range('1000', 10)], '999'))
  assert.ok(!covers([range('1000', 10)], '01000'))
  assert.ok(isTnEntry(range('10', 89)))
  assert.ok(!isTnEntry(range('10', 90)))
  assert.ok(!isTnEntry(range('10', 91)))
  assert.ok(!isTnEntry(range('10', 1)))
  assert.ok(!isTnEntry(range('1*', 5)))
})

test('a provider code covers what the deployment says, one number only itself', () => {
  assert.ok(covers([{ kind: 'spc', code: 'ours' }], '1000'))
  assert.ok(!covers([{ kind: 'spc', code: 'theirs' }], '1000'))
  assert.ok(covers([{ kind: 'one', number: '*72' }], '*72'))
  assert.ok(!covers([{ kind: 'one', number: '1000' }], '10000'))
})

test('lists that RFC 8226 does not know are refused', () => {
  const text = (value: string) => element(0x16, Buffer.from(value))
  const cases = [
    sequence(),
    sequence(element(0xa0, text(''))),
    sequence(element(0xa2, text('12a'))),
    sequence(element(0xa2, text('1234567890123456'))),
    sequence(element(0xa2, element(0x0c, Buffer.from('1')))),
    sequence(element(0xa3, text('1'))),
    sequence(element(0xa1, sequence(text('10'), integer(Buffer.from([91]))))),
    sequence(element(0xa1, sequence(text('10'), integer(Buffer.from([1]))))),
    sequence(element(0xa1, sequence(text('10'), element(0x02, Buffer.from([0x85]))))),
    sequence(element(0xa1, sequence(text('10'), element(0x02)))),
    sequence(element(0xa2, text('1'), text('2'))),
    Buffer.concat([writeTnAuthList([{ kind: 'one', number: '1' }]), Buffer.from([0])]),
  ]
  for (const der of cases) assert.equal(readTnAuthList(der).ok, false, der.toString('hex'))
})

const CONSTRAINTS = {
  mustInclude: ['confidence'],
  permittedValues: new Map([['confidence', ['high', 'medium']]]),
  mustExclude: ['priority'],
}

test('constraints that are written are read the same', () => {
  const read = readClaimConstraints(writeClaimConstraints(CONSTRAINTS), true)
  assert.deepEqual(read.ok && read.value, CONSTRAINTS)
  const plain = { ...CONSTRAINTS, mustExclude: [] }
  const second = readClaimConstraints(writeClaimConstraints(plain), false)
  assert.deepEqual(second.ok && second.value, plain)
})

test('only the enhanced constraints exclude (RFC 9118 §3)', () => {
  assert.equal(readClaimConstraints(writeClaimConstraints(CONSTRAINTS), false).ok, false)
})

test('constraints that forbid what every token has count as absent (RFC 9118 §3)', () => {
  const read = readClaimConstraints(writeClaimConstraints({ ...CONSTRAINTS, mustExclude: ['orig'] }), true)
  assert.deepEqual(read, { ok: true, value: undefined })
})

test('constraints with nothing in them, in the wrong order or with junk are refused', () => {
  const written = writeClaimConstraints(CONSTRAINTS)
  assert.equal(readClaimConstraints(sequence(), true).ok, false)
  assert.equal(readClaimConstraints(written.subarray(0, -1), true).ok, false)
  const names = (tag: number) => element(tag, sequence(element(0x16, Buffer.from('a'))))
  assert.equal(readClaimConstraints(sequence(names(0xa2), names(0xa0)), true).ok, false)
  assert.equal(readClaimConstraints(sequence(names(0xa0), names(0xa0)), true).ok, false)
  assert.equal(readClaimConstraints(sequence(element(0xa1, sequence())), true).ok, false)
})

test('a payload keeps to them, or the claim is named (STC-04)', () => {
  assert.equal(checkConstraints(CONSTRAINTS, { confidence: 'high' }), undefined)
  assert.equal(checkConstraints(CONSTRAINTS, {}), 'claim-missing')
  assert.equal(checkConstraints(CONSTRAINTS, { confidence: 'low' }), 'claim-not-permitted')
  assert.equal(checkConstraints(CONSTRAINTS, { confidence: 'high', priority: '1' }), 'claim-excluded')
})

test('a claim that is an object is compared by its JSON text', () => {
  const permittedValues = new Map([['rcd', ['{"apn":"1","nam":"Bob"}']]])
  const constraints = { mustInclude: [], permittedValues, mustExclude: [] }
  assert.equal(checkConstraints(constraints, { rcd: { nam: 'Bob', apn: '1' } }), undefined)
  assert.equal(checkConstraints(constraints, { rcd: { nam: 'Eve' } }), 'claim-not-permitted')
  assert.equal(checkConstraints(constraints, {}), undefined)
})
