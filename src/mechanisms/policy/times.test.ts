import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LocalTime, type PolicyTime } from './times.ts'

const office: PolicyTime = {
  name: 'office',
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  fromMinute: 8 * 60,
  untilMinute: 18 * 60,
}
const night: PolicyTime = { name: 'night', days: ['fri'], fromMinute: 22 * 60, untilMinute: 6 * 60 }
const feast: PolicyTime = { name: 'feast', days: ['holiday'], fromMinute: 0, untilMinute: 1440 }
const london = new LocalTime('Europe/London', ['12-25', '2030-04-19'])
const at = (text: string): number => Date.parse(text)

test('a time holds in its zone, from its first minute up to its last one, in summer as in winter', () => {
  assert.ok(!london.isWithin(office, at('2030-01-07T07:59:59Z')))
  assert.ok(london.isWithin(office, at('2030-01-07T08:00:00Z')))
  assert.ok(london.isWithin(office, at('2030-01-07T17:59:59Z')))
  assert.ok(!london.isWithin(office, at('2030-01-07T18:00:00Z')))
  assert.ok(london.isWithin(office, at('2030-07-01T07:00:00Z')))
  assert.ok(!london.isWithin(office, at('2030-07-01T17:00:00Z')))
  assert.ok(!london.isWithin(office, at('2030-01-05T12:00:00Z')))
})

test('what runs past midnight belongs to the day on which it began', () => {
  assert.ok(london.isWithin(night, at('2030-01-04T22:00:00Z')))
  assert.ok(london.isWithin(night, at('2030-01-05T05:59:00Z')))
  assert.ok(!london.isWithin(night, at('2030-01-05T06:00:00Z')))
  assert.ok(!london.isWithin(night, at('2030-01-04T05:00:00Z')))
  assert.ok(!london.isWithin(night, at('2030-01-05T23:00:00Z')))
})

test('a bank holiday, of one year or of each, is no weekday', () => {
  for (const day of ['2030-04-19', '2030-12-25', '2031-12-25']) {
    assert.ok(!london.isWithin(office, at(`${day}T12:00:00Z`)), day)
    assert.ok(london.isWithin(feast, at(`${day}T12:00:00Z`)), day)
  }
  assert.ok(london.isWithin(office, at('2031-04-18T12:00:00Z')))
  assert.ok(!london.isWithin(feast, at('2031-04-18T12:00:00Z')))
})

test('periods begin by the clock of the zone', () => {
  assert.equal(london.period('day', at('2030-06-30T23:30:00Z')), '2030-07-01')
  assert.equal(london.period('month', at('2030-06-30T22:30:00Z')), '2030-06')
  assert.equal(london.period('hour', at('2030-01-01T05:30:00Z')), '2030-01-01T05')
})
