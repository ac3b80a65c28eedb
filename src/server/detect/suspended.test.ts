import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from '../../../test/support/stage-context.ts'
import type { Order } from '../../detect/order.ts'
import type { PolicyDecision } from '../../mechanisms/policy/index.ts'
import type { Caller } from '../../pipeline/caller.ts'
import type { Ports } from '../../pipeline/ports.ts'
import { Enforcer } from './enforcer.ts'
import { suspending } from './suspended.ts'

const ALICE: Caller = {
  kind: 'user',
  user: 'alice',
  domain: 'example.test',
  aors: ['sip:alice@example.test'],
}
const BOB: Caller = { ...ALICE, user: 'bob' }
const ALLOWED: PolicyDecision = { isAllowed: true, rule: 'abroad', via: 'carrier', toClass: 'abroad' }
const POLICY = {
  classes: [
    { name: 'emergency', numbers: ['112'], perMinute: 0, perCall: 0, isUnbounded: true },
    { name: 'abroad', numbers: ['00'], perMinute: 0, perCall: 0, isUnbounded: false },
  ],
  ...{ times: [], zone: 'UTC', holidays: [], limits: [], maxCallSeconds: 3600 },
}

const SUSPENDED: Order = {
  ...{ id: 'x', action: 'suspend', isForUnproved: false, why: 'fraud', findings: [], score: 70, offence: 1 },
  ...{ beganMs: 0, endsMs: 3_600_000, isMonitorOnly: false, by: 'detection' },
  subject: { kind: 'account', name: 'alice@example.test' },
}

function ruleFor(caller: Caller, decision: PolicyDecision, isOwn = false): string {
  const enforcer = new Enforcer({ nowMs: () => 0, wallMs: () => 0 })
  enforcer.put(SUSPENDED, 3_600_000)
  const decided: Ports['decided'] = (_context, _caller, last) => last
  const word = suspending(decided, enforcer, POLICY, () => isOwn)(contextOf(), caller, decision)
  assert.ok(!(word instanceof Promise))
  assert.equal(word.isAllowed, word.rule !== 'suspended' && decision.isAllowed)
  return word.rule
}

test('a suspended account calls nobody outside, others go on', () => {
  assert.equal(ruleFor(ALICE, ALLOWED), 'suspended')
  assert.equal(ruleFor(BOB, ALLOWED), 'abroad')
  assert.equal(ruleFor({ kind: 'trunk', trunk: 'alice', identities: [] }, ALLOWED), 'abroad')
})

test('a suspended account goes on to call own users and emergency numbers', () => {
  assert.equal(ruleFor(ALICE, ALLOWED, true), 'abroad')
  assert.equal(ruleFor(ALICE, { ...ALLOWED, rule: 'help', toClass: 'emergency' }), 'help')
})

test('what the rules refuse stays refused by that rule', () => {
  assert.equal(ruleFor(ALICE, { ...ALLOWED, isAllowed: false, rule: 'no' }), 'no')
})
