import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from '../../../test/support/stage-context.ts'
import type { PolicyDecision } from '../../mechanisms/policy/index.ts'
import type { Caller } from '../../pipeline/caller.ts'
import { CoreEvents } from '../core/events.ts'
import { createLog } from '../log.ts'
import { Metrics } from '../metrics.ts'
import { decidedBy } from './decided.ts'
import type { CallHook } from './hook.ts'

const alice: Caller = { kind: 'user', user: 'alice', domain: 'example.test', aors: [] }
const allowed: PolicyDecision = { isAllowed: true, rule: 'country', via: 'carrier', toClass: 'national' }

function scene(hook: CallHook | undefined) {
  const metrics = new Metrics()
  const lines: string[] = []
  const log = createLog({ level: 'info', format: 'text', write: line => lines.push(line), nowMs: () => 0 })
  const events = new CoreEvents(metrics, log)
  const decide = (decision: PolicyDecision) => decidedBy(events, hook)(contextOf(), alice, decision)
  return { decide, lines, metrics }
}

test('a decision is counted by its rule, and a refusal is logged with who and whom', async () => {
  const { decide, lines, metrics } = scene(undefined)
  assert.equal(decide(allowed), allowed)
  decide({ ...allowed, isAllowed: false, rule: 'no premium' })
  assert.match(metrics.print(), /aspis_policy_decisions_total\{rule="country"\} 1/)
  assert.match(metrics.print(), /aspis_policy_decisions_total\{rule="no premium"\} 1/)
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /policy-refused rule="no premium" class=national caller=alice@example\.test/)
})

test('who embeds the server may refuse what the rules allow, at once or later', async () => {
  for (const hook of [() => 'suspended', async () => 'suspended'] as const) {
    const last = await scene(hook).decide(allowed)
    assert.deepEqual([last.isAllowed, last.rule], [false, 'suspended'])
  }
  for (const hook of [() => undefined, async () => undefined] as const) {
    assert.deepEqual(await scene(hook).decide(allowed), allowed)
  }
})

test('he is not asked about what the rules refuse, and cannot allow it', async () => {
  let asked = 0
  const { decide } = scene(() => {
    asked += 1
    return undefined
  })
  const refused = { ...allowed, isAllowed: false }
  assert.deepEqual(await decide(refused), refused)
  assert.equal(asked, 0)
})

test('a hook that fails refuses', async () => {
  const hooks: CallHook[] = [
    () => {
      throw new Error('no database')
    },
    () => Promise.reject(new Error('no database')),
  ]
  for (const hook of hooks) {
    const { decide, lines } = scene(hook)
    const last = await decide(allowed)
    assert.deepEqual([last.isAllowed, last.rule], [false, 'hook-failed'])
    assert.match(lines.join(''), /no database/)
  }
})
