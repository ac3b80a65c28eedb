import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dateText, secondsOfDate } from './date.ts'

test('a Date is read as it was written, to the second', () => {
  assert.equal(secondsOfDate('Sat, 13 Nov 2010 23:29:00 GMT'), Date.UTC(2010, 10, 13, 23, 29) / 1000)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), seconds => {
      assert.equal(secondsOfDate(dateText(seconds)), seconds)
    }),
  )
})

test('a Date outside the calendar, in another zone or of another form is none', () => {
  for (const text of [
    '',
    'Sat, 13 Nov 2010 23:29:00 EST',
    'Sat, 13 Nov 2010 24:00:00 GMT',
    'Sat, 31 Feb 2010 23:29:00 GMT',
    'Xxx, 13 Nov 2010 23:29:00 GMT',
    'Sat, 13 Nov 2010 23:29:0  GMT',
    'Sat, 13 ovD 2010 23:29:00 GMT',
    '2010-11-13T23:29:00Z',
  ])
    assert.equal(secondsOfDate(text), undefined, text)
})
