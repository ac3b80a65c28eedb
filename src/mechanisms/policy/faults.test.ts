import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyFaults } from './faults.ts'
import type { PolicyRule, RuleFrom, RuleTo } from './policy.ts'

const GROUND = {
  classes: [
    { name: 'country', numbers: ['+44*'], perMinute: 0, perCall: 0, isUnbounded: false },
    { name: 'premium', numbers: ['+449*', '+44871*'], perMinute: 0, perCall: 0, isUnbounded: false },
  ],
  plan: { country: '44', internationalPrefix: '00', nationalPrefix: '0', nationalDigits: 0 },
  isServed: (host: string) => host === 'a.test',
}

const users: RuleFrom = { kind: 'own-users' }
const domain: RuleFrom = { kind: 'domain', domain: 'a.test' }
const bob: RuleFrom = { kind: 'user', aor: 'sip:bob@a.test' }
const eve: RuleFrom = { kind: 'user', aor: 'sip:eve@a.test' }
const trunk: RuleFrom = { kind: 'trunk', trunk: 'carrier' }
const all: RuleTo = { kind: 'anywhere' }
const prefix = (text: string): RuleTo => ({ kind: 'prefix', prefix: text })
const ofClass = (name: string): RuleTo => ({ kind: 'class', name })

function rule(
  allow: boolean,
  from: RuleFrom | readonly RuleFrom[],
  to: RuleTo | readonly RuleTo[],
  more: Partial<PolicyRule> = {},
): PolicyRule {
  return { name: 'r', allow, from: [from].flat(), to: [to].flat(), ...more }
}

function faults(...rules: readonly PolicyRule[]): string[] {
  return policyFaults(rules, GROUND).map(({ rule: at, kind, by }) => `${at} ${kind} ${by.join(',')}`)
}

test('a rule behind one that fits more is never reached', () => {
  assert.deepEqual(faults(rule(true, users, all), rule(true, bob, prefix('+44'))), ['1 unreachable 0'])
  assert.deepEqual(faults(rule(true, domain, all), rule(false, bob, all)), ['1 unreachable 0'])
  assert.deepEqual(faults(rule(true, users, all), rule(false, trunk, all)), [])
  assert.deepEqual(faults(rule(true, bob, all), rule(false, users, all)), [])
})

test('two rules that say the opposite of the very same requests contradict each other', () => {
  assert.deepEqual(faults(rule(true, bob, all), rule(false, bob, all)), ['1 contradiction 0'])
  assert.deepEqual(faults(rule(true, users, prefix('0900')), rule(false, users, prefix('+44900'))), [
    '1 contradiction 0',
  ])
  assert.deepEqual(faults(rule(true, bob, all), rule(true, bob, all)), ['1 unreachable 0'])
})

test('several rules together take everything from one that lists several', () => {
  const both = rule(false, [bob, eve], [prefix('+44'), prefix('+33')])
  assert.deepEqual(faults(rule(true, bob, all), rule(true, eve, all), both), ['2 unreachable 0,1'])
  assert.deepEqual(faults(rule(true, bob, all), rule(true, eve, prefix('+44')), both), [])
})

test('classes and prefixes cover each other by the numbers that they stand for', () => {
  assert.deepEqual(faults(rule(true, users, prefix('+44')), rule(false, users, ofClass('premium'))), [
    '1 unreachable 0',
  ])
  assert.deepEqual(faults(rule(true, users, prefix('+449')), rule(false, users, ofClass('premium'))), [])
  assert.deepEqual(faults(rule(true, users, ofClass('premium')), rule(false, users, prefix('0901'))), [
    '1 unreachable 0',
  ])
  assert.deepEqual(faults(rule(true, users, ofClass('country')), rule(false, users, prefix('+44'))), [])
})

test('own users are not part of anywhere, other domains are', () => {
  const own: RuleTo = { kind: 'own-users' }
  const others: RuleTo = { kind: 'other-domains' }
  assert.deepEqual(faults(rule(true, users, all), rule(false, users, own)), [])
  assert.deepEqual(faults(rule(true, users, all), rule(false, users, others)), ['1 unreachable 0'])
  const partner: RuleTo = { kind: 'domain', domain: 'b.test' }
  assert.deepEqual(faults(rule(true, users, others), rule(false, users, partner)), ['1 unreachable 0'])
})

test('a method, a time or an attestation narrows a rule, so that what follows is reached', () => {
  for (const more of [{ methods: ['INVITE'] }, { when: ['office'] }, { attestation: ['A'] }] as const) {
    assert.deepEqual(faults(rule(false, users, all, more), rule(true, users, all)), [])
    assert.deepEqual(faults(rule(false, users, all), rule(true, users, all, more)), ['1 unreachable 0'])
    assert.deepEqual(faults(rule(false, users, all, more), rule(true, users, all, more)), [
      '1 contradiction 0',
    ])
  }
})
