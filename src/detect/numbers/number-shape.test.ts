import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shapeOf } from './number-shape.ts'

/** What the last reading says, kept. */
const read = (user: string) => ({ ...shapeOf(user) })

test('whatever is dialled before it, the tail is the number and the head tells the dialling apart', () => {
  const spellings = [
    '+442079460123',
    '00442079460123',
    '900442079460123',
    '9011442079460123',
    '*442079460123',
  ]
  const shapes = spellings.map(read)
  assert.deepEqual([...new Set(shapes.map(({ tail }) => tail))], [79460123])
  assert.equal(new Set(shapes.map(({ head }) => head)).size, spellings.length)
})

test('separators and escapes make no difference', () => {
  assert.deepEqual(read('+44-20.7946(0123)'), read('%2b442079460123'))
})

test('premium, satellite, often abused and merely foreign numbers are told apart', () => {
  const costs: readonly (readonly [string, number])[] = [
    ['+19005550100', 3],
    ['00881612345678', 3],
    ['+447012345678', 3],
    ['900114382089XXXX', 3],
    ['0900123456', 3],
    ['0011252402112', 2],
    ['01123222281234', 2],
    ['9000972592345678', 2],
    ['+4930123456', 1],
    ['0049301234567', 1],
    ['0301234567', 0],
    ['18005550100', 0],
    ['12125550100', 0],
    ['08001234567', 0],
    ['03001234567', 0],
    ['8005551234', 0],
  ]
  for (const [number, cost] of costs) assert.equal(read(number).cost, cost, number)
})

test('extensions and names have no price and no number', () => {
  for (const user of ['', '201', '*97', 'alice', 'room-4711', '900900'])
    assert.deepEqual([read(user).cost, read(user).tail], [0, 0], user)
})

test('digits before letters count, since a gateway may dial that far, and X stands for a digit made unreadable', () => {
  assert.equal(read('00112322228XXXX').isInternational, true)
})

test('no text breaks it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80, unit: 'binary' }), user => {
      const { length, cost, tail } = shapeOf(user)
      assert.ok(length >= 0 && length <= 32 && cost >= 0 && cost <= 3 && tail >= 0 && tail < 1e9)
    }),
  )
})
