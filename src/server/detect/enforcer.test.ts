import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf, flowFrom } from '../../../test/support/stage-context.ts'
import type { Order } from '../../detect/order.ts'
import type { Subject } from '../../detect/subject.ts'
import type { CredentialsOutcome } from '../../pipeline/ports.ts'
import { Enforcer, TARPIT_MS } from './enforcer.ts'
import { rationed } from './rationed.ts'

const WALL_MS = 1_800_000_000_000
const HOUR_MS = 3_600_000

function ground() {
  const time = { nowMs: 0 }
  const enforcer = new Enforcer({ nowMs: () => time.nowMs, wallMs: () => WALL_MS + time.nowMs })
  const put = (action: Order['action'], subject: Subject | string, more: Partial<Order> = {}): Order => {
    const order: Order = {
      ...{ id: 'x', action, isForUnproved: false, why: 'guessed', findings: [], score: 50, offence: 1 },
      ...{ beganMs: WALL_MS, endsMs: WALL_MS + HOUR_MS, isMonitorOnly: false, by: 'detection' },
      subject: typeof subject === 'string' ? { kind: 'source', name: subject } : subject,
      ...more,
    }
    enforcer.put(order, HOUR_MS)
    return order
  }
  return { enforcer, time, put }
}

test('what is only told bars nobody', () => {
  const { enforcer, put } = ground()
  put('kernel-drop', '192.0.2.7', { isMonitorOnly: true })
  put('suspend', { kind: 'account', name: 'alice@example.test' }, { isMonitorOnly: true })
  assert.ok(!enforcer.bans.refuses('192.0.2.7'))
  assert.ok(!enforcer.isSuspended('alice@example.test'))
})

test('the kernel is asked for what the policy gives it, not for milder bans', () => {
  const { enforcer, put } = ground()
  put('drop', '192.0.2.7')
  put('kernel-drop', '192.0.2.8')
  assert.equal(enforcer.bans.banOf('192.0.2.7')?.inKernel, false)
  assert.equal(enforcer.bans.banOf('192.0.2.8')?.inKernel, true)
})

test('an order that ends is no longer carried out', () => {
  const { enforcer, put } = ground()
  for (const order of [put('drop', '192.0.2.7'), put('tarpit', '192.0.2.8')]) enforcer.lift(order, 'ended')
  enforcer.lift(put('suspend', { kind: 'account', name: 'a@b' }), 'removed')
  assert.ok(!enforcer.bans.refuses('192.0.2.7'))
  assert.equal(enforcer.treatFailure('192.0.2.8'), 'answer')
  assert.ok(!enforcer.hasSuspended)
  assert.ok(enforcer.isIdle)
})

test('a rationed address hears a few answers to wrong credentials, then one in two seconds', () => {
  const { enforcer, put, time } = ground()
  put('rate-limit', '192.0.2.7')
  const heard = Array.from({ length: 8 }, () => enforcer.treatFailure('192.0.2.7'))
  assert.deepEqual(heard.slice(4), ['answer', 'silence', 'silence', 'silence'])
  time.nowMs += 2000
  assert.equal(enforcer.treatFailure('192.0.2.7'), 'answer')
  assert.equal(enforcer.treatFailure('192.0.2.7'), 'silence')
  assert.equal(enforcer.treatFailure('192.0.2.8'), 'answer')
})

test('an order for what comes unproved touches no answer, and lowers the lane', () => {
  const { enforcer, put } = ground()
  put('rate-limit', '192.0.2.7', { isForUnproved: true })
  for (let at = 0; at < 100; at += 1) assert.equal(enforcer.treatFailure('192.0.2.7'), 'answer')
  assert.ok(enforcer.isLowered('192.0.2.7'))
  assert.ok(!enforcer.isChallenged('192.0.2.7'))
})

test('late answers have a bounded number of places', () => {
  const { enforcer, put } = ground()
  const treated = new Map<string, number>()
  for (let at = 0; at < 400; at += 1) {
    const ip = `10.0.${at >> 8}.${at & 255}`
    put('tarpit', ip)
    const treatment = enforcer.treatFailure(ip)
    treated.set(treatment, (treated.get(treatment) ?? 0) + 1)
  }
  assert.deepEqual(Object.fromEntries(treated), { late: 256, silence: 144 })
  enforcer.lateAnswerGiven()
  assert.equal(enforcer.treatFailure('10.0.0.0'), 'late')
})

/** A request of an address whose credentials come out so. */
function asked(
  enforcer: Enforcer,
  outcome: CredentialsOutcome,
  later: (ms: number, act: () => void) => void,
) {
  const verify = rationed(() => outcome, enforcer, later)
  const flow = flowFrom({ remote: { ip: '192.0.2.7', port: 5060 } })
  return verify(contextOf({ flow }), 'example.test', false)
}

test('wrong credentials are answered late or not at all; a challenge, and right ones, at once', async () => {
  const { enforcer, put } = ground()
  const waiting: (() => void)[] = []
  const later = (ms: number, act: () => void): void => {
    assert.equal(ms, TARPIT_MS)
    waiting.push(act)
  }
  put('tarpit', '192.0.2.7')
  const wrong: CredentialsOutcome = { kind: 'challenge', why: 'wrong-credentials', headers: [] }
  const challenge: CredentialsOutcome = { kind: 'challenge', why: 'no-credentials', headers: [] }
  assert.equal(asked(enforcer, challenge, later), challenge)
  const late = asked(enforcer, wrong, later)
  assert.ok(late instanceof Promise)
  waiting.pop()?.()
  assert.equal(await late, wrong)
  for (let at = 0; at < 4; at += 1) asked(enforcer, wrong, later)
  assert.deepEqual(asked(enforcer, wrong, later), { kind: 'silent', why: 'rationed' })
  assert.deepEqual(enforcer.counts, { late: 5, silenced: 1, suspended: 0 })
})
