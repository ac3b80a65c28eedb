import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from '../../../test/support/stage-context.ts'
import { Deadlines } from '../../base/deadlines.ts'
import { CallAccounts } from './call-accounts.ts'
import type { Accounting } from './source.ts'

const DAY_MS = 24 * 3_600_000

function accounts(interimMs = 0) {
  const deadlines = new Deadlines()
  const told: string[] = []
  const world = {
    nowMs: 0,
    told,
    pass: (ms: number) => {
      for (const untilMs = world.nowMs + ms; world.nowMs < untilMs; ) {
        world.nowMs = Math.min(untilMs, Math.max(world.nowMs, deadlines.nextMs() ?? untilMs))
        deadlines.run(world.nowMs)
      }
    },
  }
  let sessions = 0
  const made = new CallAccounts({
    deadlines,
    nowMs: () => world.nowMs,
    wallMs: () => world.nowMs,
    sessionId: () => {
      sessions += 1
      return `s${sessions}`
    },
  })
  const accounting: Accounting = {
    callStarted: ({ sessionId }) => void told.push(`${sessionId} start`),
    callGoesOn: ({ sessionId, answeredMs }, nowMs) =>
      void told.push(`${sessionId} after ${nowMs - answeredMs}`),
    callEnded: ({ sessionId, answeredMs }, why, nowMs) =>
      void told.push(`${sessionId} ${why} after ${nowMs - answeredMs}`),
  }
  made.use(accounting, interimMs)
  return { made, world, accounting }
}

const context = contextOf({ method: 'INVITE' })

test('a call is started once, goes on as often as configured, and is stopped once', () => {
  const { made, world } = accounts(60_000)
  made.began('t1', context)
  made.began('t1', context)
  world.pass(150_000)
  made.ended('t1')
  made.ended('t1')
  world.pass(600_000)
  assert.deepEqual(world.told, ['s1 start', 's1 after 60000', 's1 after 120000', 's1 bye after 150000'])
})

test('a call without an end is charged for a day', () => {
  const { made, world } = accounts()
  made.began('t1', context)
  world.pass(2 * DAY_MS)
  assert.deepEqual(world.told, ['s1 start', `s1 lost after ${DAY_MS}`])
})

test('a server that stops ends what it will not see ending', () => {
  const { made, world } = accounts()
  made.began('t1', context)
  made.began('t2', context)
  made.close()
  assert.deepEqual(world.told, ['s1 start', 's2 start', 's1 shutdown after 0', 's2 shutdown after 0'])
})

test('where nobody takes records none is made, and what is up then goes on', () => {
  const { made, world, accounting } = accounts()
  made.began('t1', context)
  made.use(undefined, 0)
  made.began('t2', context)
  made.use(accounting, 0)
  made.ended('t1')
  made.ended('t2')
  assert.deepEqual(world.told, ['s1 start', 's1 bye after 0'])
})
