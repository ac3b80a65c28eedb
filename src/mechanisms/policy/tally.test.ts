import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PolicyLimit } from './policy.ts'
import { type CountedCall, Tally, type TallyRules } from './tally.ts'
import { LocalTime } from './times.ts'

const EURO = 1_000_000
const START_MS = Date.UTC(2030, 0, 1, 12)

function rules(limits: readonly Partial<PolicyLimit>[], maxCallSeconds = 14_400): TallyRules {
  return {
    limits: limits.map((limit, at) => ({ name: `limit ${at}`, per: 'user', period: 'day', ...limit })),
    classes: [
      { name: 'premium', numbers: ['+449*'], perMinute: 1.2 * EURO, perCall: 0.3 * EURO, isUnbounded: false },
    ],
    localTime: new LocalTime('UTC', []),
    maxCallSeconds,
  }
}

/** A tally with a clock in seconds. */
function counting(limits: readonly Partial<PolicyLimit>[], maxCallSeconds?: number) {
  const tally = new Tally(rules(limits, maxCallSeconds), 1000)
  const at = (second: number) => ({ nowMs: second * 1000, wallMs: START_MS + second * 1000 })
  return {
    tally,
    begin: (id: string, call: Partial<CountedCall>, second: number) =>
      tally.begin(
        id,
        { account: 'alice@a.test', aors: [], trunks: [], toClass: 'national', ...call },
        at(second),
      ),
    answered: (id: string, second: number, session?: number) =>
      tally.answered(id, `${id} b`, session, at(second)),
    released: (id: string, second: number) => tally.released(id, at(second)),
    ended: (id: string, second: number) => tally.ended(`${id} b`, at(second)),
    lasts: (id: string, second: number, session?: number) => tally.lasts(`${id} b`, session, at(second)),
    run: (second: number) => tally.run(at(second)),
    spent: () => tally.spent().reduce((sum, { amount }) => sum + amount, 0) / EURO,
  }
}

test('calls at once are bounded for each user, from the INVITE on to the BYE', () => {
  const { begin, answered, ended, released } = counting([{ calls: 2 }])
  assert.equal(begin('1', {}, 0), undefined)
  assert.equal(begin('2', {}, 0), undefined)
  assert.deepEqual(begin('3', {}, 0), { limit: 'limit 0', kind: 'calls' })
  assert.equal(begin('4', { account: 'bob@a.test' }, 0), undefined)
  released('1', 1)
  assert.equal(begin('5', {}, 1), undefined)
  answered('2', 2)
  released('2', 3)
  assert.notEqual(begin('6', {}, 3), undefined)
  ended('2', 4)
  assert.equal(begin('7', {}, 4), undefined)
})

test('a trunk counts what comes and what leaves by it, a class and the whole server count everybody', () => {
  const { begin } = counting([
    { per: 'trunk', of: 'carrier', calls: 2 },
    { per: 'all', class: 'premium', calls: 1 },
    { per: 'all', calls: 4 },
  ])
  assert.equal(begin('1', { trunks: ['carrier'] }, 0), undefined)
  assert.equal(begin('2', { trunks: ['carrier'], account: undefined }, 0), undefined)
  assert.equal(begin('3', { trunks: ['carrier'], account: 'bob@a.test' }, 0)?.limit, 'limit 0')
  assert.equal(begin('4', { trunks: ['other'], toClass: 'premium' }, 0), undefined)
  assert.equal(begin('5', { toClass: 'premium', account: 'bob@a.test' }, 0)?.limit, 'limit 1')
  assert.equal(begin('6', {}, 0), undefined)
  assert.equal(begin('7', {}, 0)?.limit, 'limit 2')
})

test('what no bound is about, and a class that is unbounded, takes no place', () => {
  const { tally, begin } = counting([{ class: 'premium', calls: 1 }])
  assert.equal(begin('1', {}, 0), undefined)
  assert.equal(tally.size, 0)
  const { classes, ...rest } = rules([{ per: 'all', calls: 0 }])
  const emergency = { name: 'emergency', numbers: ['112'], perMinute: 0, perCall: 0, isUnbounded: true }
  tally.configure({ ...rest, classes: [...classes, emergency] })
  assert.equal(begin('2', { toClass: 'emergency' }, 0), undefined)
  assert.notEqual(begin('3', {}, 0), undefined)
  assert.equal(tally.size, 0)
})

test('RFC 4028: a call whose session timer is not refreshed gives its place back, a refreshed one keeps it', () => {
  const { begin, answered, lasts } = counting([{ calls: 1 }])
  begin('1', {}, 0)
  answered('1', 5, 600)
  lasts('1', 500, 600)
  assert.notEqual(begin('2', {}, 1100), undefined)
  assert.equal(begin('2', {}, 1133), undefined)
})

test('a BYE that is lost holds a place for the longest time of a call, and no refresh beyond that', () => {
  const { begin, answered, lasts } = counting([{ calls: 1 }], 3600)
  begin('1', {}, 0)
  answered('1', 10)
  lasts('1', 3000, 1800)
  assert.notEqual(begin('2', {}, 3609), undefined)
  assert.equal(begin('2', {}, 3611), undefined)
})

test('a call with two dialogs lasts until both are over', () => {
  const { tally, begin } = counting([{ calls: 1 }])
  begin('1', {}, 0)
  const now = { nowMs: 1000, wallMs: START_MS }
  tally.answered('1', 'x', undefined, now)
  tally.answered('1', 'y', undefined, now)
  tally.ended('x', now)
  tally.ended('x', now)
  tally.ended('unknown', now)
  assert.notEqual(begin('2', {}, 2), undefined)
  tally.ended('y', now)
  assert.equal(begin('2', {}, 2), undefined)
})

test('money is reserved when a call begins, minute by minute while it lasts, and settled by the second', () => {
  const { begin, answered, ended, released, run, spent } = counting([{ class: 'premium', spend: 10 * EURO }])
  begin('1', { toClass: 'premium' }, 0)
  assert.equal(spent(), 1.5)
  answered('1', 0)
  run(61)
  assert.equal(spent(), 2.7)
  ended('1', 90)
  assert.equal(spent(), 2.1)
  begin('2', { toClass: 'premium' }, 100)
  released('2', 130)
  assert.equal(spent(), 2.1)
})

test('who has nothing left is refused until the next period, and pays no more by calling at once', () => {
  const { begin, answered, ended } = counting([{ class: 'premium', spend: 4 * EURO, period: 'hour' }])
  const premium = { toClass: 'premium' }
  begin('1', premium, 0)
  assert.equal(begin('2', premium, 0), undefined)
  assert.deepEqual(begin('3', premium, 0), { limit: 'limit 0', kind: 'spend' })
  answered('1', 0)
  answered('2', 0)
  assert.equal(begin('3', {}, 0), undefined)
  ended('1', 120)
  ended('2', 60)
  assert.notEqual(begin('4', premium, 200), undefined)
  assert.equal(begin('5', { ...premium, account: 'bob@a.test' }, 200), undefined)
  assert.equal(begin('6', premium, 3600), undefined)
})

test('what was spent survives a restart, what rang does not', () => {
  const before = counting([{ class: 'premium', spend: 2 * EURO, calls: 1 }])
  before.begin('1', { toClass: 'premium' }, 0)
  before.answered('1', 0)
  const after = counting([{ class: 'premium', spend: 2 * EURO, calls: 1 }])
  after.tally.restore(before.tally.spent())
  assert.deepEqual(after.begin('2', { toClass: 'premium' }, 10), { limit: 'limit 0', kind: 'spend' })
  assert.equal(after.begin('3', { toClass: 'premium' }, 13 * 3600), undefined)
})

test('what rang at a process that is gone is let go, what was answered stays', () => {
  const { tally, begin, answered } = counting([{ calls: 2 }])
  begin('w1-a', {}, 0)
  begin('w1-b', {}, 0)
  answered('w1-b', 1)
  tally.lost('w1')
  assert.equal(tally.size, 1)
})

test('a new bound counts from now on, one that goes on keeps its count', () => {
  const { tally, begin } = counting([{ calls: 2 }])
  begin('1', {}, 0)
  begin('2', {}, 0)
  tally.configure(rules([{ calls: 3 }, { per: 'all', calls: 1 }]))
  assert.equal(begin('3', {}, 0), undefined)
  assert.equal(begin('4', { account: 'bob@a.test' }, 0)?.limit, 'limit 1')
})

test('law: no order of events passes a bound, and when all is over nothing is held', () => {
  const event = fc.record({
    kind: fc.constantFrom('begin', 'answered', 'released', 'ended', 'lasts'),
    id: fc.integer({ min: 0, max: 6 }),
    after: fc.integer({ min: 0, max: 300 }),
    user: fc.constantFrom('alice', 'bob'),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), events => {
      const { tally, begin, answered, released, ended, lasts, run } = counting([
        { calls: 2 },
        { per: 'all', calls: 3 },
      ])
      const owner = new Map<string, string>()
      let second = 0
      for (const { kind, id: number, after, user } of events) {
        second += after
        const id = String(number)
        if (kind === 'begin' && begin(id, { account: user }, second) === undefined) owner.set(id, user)
        if (kind === 'answered') answered(id, second, 90)
        if (kind === 'released') released(id, second)
        if (kind === 'ended') ended(id, second)
        if (kind === 'lasts') lasts(id, second, 120)
        assert.ok(tally.size <= 3)
        const [each = 0, all = 0] = tally.callsByLimit().values()
        assert.equal(all, tally.size)
        assert.equal(each, tally.size)
      }
      run(second + 20_000)
      assert.equal(tally.size, 0)
      assert.deepEqual([...tally.callsByLimit().values()], [0, 0])
    }),
  )
})
