import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sampleAttack } from '../../test/support/audit-report.ts'
import type { Severity } from './attack.ts'
import { type Graded, gradedOf, gradeOf } from './grade.ts'
import type { Verdict } from './outcome.ts'

const many = (times: number, severity: Severity, verdict: Verdict, why = 'seen'): readonly Graded[] =>
  Array.from({ length: times }, () => ({ severity, verdict, why }))

const letter = (...graded: readonly (readonly Graded[])[]): string | undefined =>
  gradeOf(graded.flat(), false).letter

describe('the grade', () => {
  test('everything tried and resisted is an A+', () => {
    assert.deepEqual(gradeOf(many(50, 'high', 'resisted'), false), {
      letter: 'A+',
      confidence: 'high',
      score: 100,
      triedPercent: 100,
      reasons: ['100 % of the weight that was tried was resisted.'],
    })
  })

  test('one thing inconclusive, or a tenth not tried, is no A+ any more, and less sure', () => {
    const inconclusive = gradeOf([...many(50, 'high', 'resisted'), ...many(1, 'high', 'inconclusive')], false)
    assert.equal(inconclusive.letter, 'A')
    assert.equal(inconclusive.confidence, 'high')
    const skipped = gradeOf([...many(85, 'high', 'resisted'), ...many(15, 'high', 'skipped')], false)
    assert.equal(skipped.letter, 'A')
    assert.equal(skipped.confidence, 'medium')
    const much = gradeOf([...many(80, 'high', 'resisted'), ...many(20, 'high', 'inconclusive')], false)
    assert.equal(much.confidence, 'low')
  })

  test('what succeeded caps the letter by its severity, however much was resisted', () => {
    const rest = many(1_000, 'critical', 'resisted')
    assert.equal(letter(rest, many(1, 'low', 'succeeded')), 'A')
    assert.equal(letter(rest, many(1, 'medium', 'succeeded')), 'B')
    assert.equal(letter(rest, many(1, 'high', 'succeeded')), 'C')
    assert.equal(letter(rest, many(4, 'high', 'succeeded')), 'C')
    assert.equal(letter(rest, many(5, 'high', 'succeeded')), 'D')
    assert.equal(letter(rest, many(1, 'critical', 'succeeded')), 'D')
    assert.equal(letter(rest, many(2, 'critical', 'succeeded')), 'F')
  })

  test('the score alone lowers the letter too, and the worse of both counts', () => {
    assert.equal(letter(many(94, 'medium', 'resisted'), many(6, 'medium', 'succeeded')), 'B')
    assert.equal(letter(many(84, 'medium', 'resisted'), many(16, 'medium', 'succeeded')), 'C')
    assert.equal(letter(many(69, 'medium', 'resisted'), many(31, 'medium', 'succeeded')), 'D')
    assert.equal(letter(many(49, 'medium', 'resisted'), many(51, 'medium', 'succeeded')), 'F')
    assert.equal(letter(many(49, 'low', 'resisted'), many(51, 'low', 'succeeded')), 'F')
  })

  test('a cap says how many of which severity', () => {
    const { reasons } = gradeOf([...many(90, 'high', 'resisted'), ...many(2, 'high', 'succeeded')], false)
    assert.equal(reasons[0], '2 attacks of high severity succeeded: at best C.')
  })

  test('with less than seven tenths tried there is no grade, and what is missing is said', () => {
    const needs = many(31, 'high', 'skipped', 'needs two accounts')
    const {
      letter: none,
      reasons,
      triedPercent,
    } = gradeOf([...many(69, 'high', 'resisted'), ...needs], false)
    assert.equal(none, undefined)
    assert.equal(triedPercent, 69)
    assert.deepEqual(reasons, [
      'Only 69 % was tried to its end, less than the 70 % that a grade needs.',
      'Not tried: 31 × needs two accounts.',
    ])
    assert.equal(letter(many(70, 'high', 'resisted'), many(30, 'high', 'skipped')), 'A')
  })

  test('what is skipped counts by its weight', () => {
    assert.equal(letter(many(10, 'critical', 'resisted'), many(30, 'low', 'skipped')), 'A')
    assert.equal(letter(many(30, 'low', 'resisted'), many(10, 'critical', 'skipped')), undefined)
  })

  test('a target that died is an F', () => {
    assert.equal(gradeOf(many(100, 'high', 'resisted'), true).letter, 'F')
  })

  test('nothing tried is no grade', () => {
    assert.equal(gradeOf([], false).letter, undefined)
  })

  test('intrusive attacks count in the full profile alone, attacks left out of a run always', () => {
    const all = [
      sampleAttack('a', 'high'),
      sampleAttack('b', 'high', { isIntrusive: true }),
      sampleAttack('c', 'low'),
    ]
    const outcomes = new Map([['a', { verdict: 'resisted', why: 'seen' } as const]])
    assert.deepEqual(gradedOf(all, 'safe', outcomes), [
      { severity: 'high', verdict: 'resisted', why: 'seen' },
      { severity: 'low', verdict: 'skipped', why: 'left out of this run' },
    ])
    assert.equal(gradedOf(all, 'full', outcomes).length, 3)
  })
})
