import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines } from '../../base/deadlines.ts'
import { LIMITS } from '../../base/limits.ts'
import {
  type AccountingFacts,
  ATTRIBUTE,
  type Attribute,
  first,
  type RadiusOutcome,
  STATUS,
} from '../../mechanisms/aaa/radius/index.ts'
import { AccountingQueue } from './accounting-queue.ts'
import type { CallRecord } from './source.ts'

const CALL: CallRecord = {
  sessionId: 's1',
  callId: 'c1',
  user: 'alice@example.test',
  from: 'sip:alice@example.test',
  to: 'sip:bob@example.test',
  requestUri: 'sip:bob@example.test',
  sourceIp: '192.0.2.7',
  answeredMs: 1_000_000,
}

const ACKNOWLEDGED: RadiusOutcome = {
  kind: 'answered',
  packet: {
    code: 5,
    identifier: 0,
    authenticator: Buffer.alloc(16),
    attributes: [],
    octets: Buffer.alloc(20),
  },
  server: 0,
  tookMs: 1,
}

/** A queue whose server the test is. */
function queue() {
  const deadlines = new Deadlines()
  const world = {
    nowMs: 0,
    sent: [] as (readonly Attribute[])[],
    done: [] as ((outcome: RadiusOutcome) => void)[],
    lost: [] as AccountingFacts[],
    acknowledged: 0,
    pass: (ms: number) => {
      world.nowMs += ms
      deadlines.run(world.nowMs)
    },
  }
  const made = new AccountingQueue({
    client: {
      ask: (_code, attributes, done) => {
        world.sent.push(attributes)
        world.done.push(done)
      },
    },
    deadlines,
    nowMs: () => world.nowMs,
    wallMs: () => 1_000_000 + world.nowMs,
    lost: facts => void world.lost.push(facts),
    acknowledged: () => {
      world.acknowledged += 1
    },
  })
  return { made, world }
}

const numberOf = (attributes: readonly Attribute[] | undefined, type: number) =>
  first(attributes ?? [], type)?.readUInt32BE(0)

test('RFC 2866: Start, Interim and Stop of a call share its session, and tell how long it lasted', () => {
  const { made, world } = queue()
  made.callStarted(CALL)
  made.callGoesOn(CALL, 1_060_000)
  made.callEnded(CALL, 'bye', 1_090_000)
  const [start, interim, stop] = world.sent
  assert.deepEqual(
    [start, interim, stop].map(each => numberOf(each, ATTRIBUTE.acctStatusType)),
    [STATUS.start, STATUS.interim, STATUS.stop],
  )
  assert.equal(numberOf(interim, ATTRIBUTE.acctSessionTime), 60)
  assert.equal(numberOf(stop, ATTRIBUTE.acctSessionTime), 90)
  assert.equal(numberOf(stop, ATTRIBUTE.acctTerminateCause), 1)
  assert.equal(numberOf(start, ATTRIBUTE.acctSessionTime), undefined)
  for (const each of [start, interim, stop])
    assert.equal(first(each ?? [], ATTRIBUTE.acctSessionId)?.toString(), 's1')
})

test('RFC 5080: a record is sent until it is acknowledged, with the delay that it has by then', () => {
  const { made, world } = queue()
  made.callStarted(CALL)
  world.done.shift()?.({ kind: 'unanswered', why: 'no-server' })
  assert.equal(made.size, 1)
  world.pass(999)
  assert.equal(world.sent.length, 1)
  world.pass(1)
  assert.equal(world.sent.length, 2)
  world.done.shift()?.({ kind: 'unanswered', why: 'no-server' })
  world.pass(2000)
  assert.equal(numberOf(world.sent[2], ATTRIBUTE.acctDelayTime), 3)
  world.done.shift()?.(ACKNOWLEDGED)
  assert.equal(made.size, 0)
  assert.equal(world.acknowledged, 1)
  assert.deepEqual(world.lost, [])
})

test('records that come back from a server that is gone keep the order in which they happened', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const { made, world } = queue()
    made.callStarted(CALL)
    made.callEnded(CALL, 'bye', 1_090_000)
    for (const n of order) world.done[n]?.({ kind: 'unanswered', why: 'no-server' })
    made.close()
    assert.deepEqual(
      world.lost.map(each => each.status),
      [STATUS.start, STATUS.stop],
    )
  }
})

test('while no server answers, few are under way and the others wait for their turn', () => {
  const { made, world } = queue()
  for (let n = 0; n < 200; n++) made.callStarted({ ...CALL, sessionId: `s${n}` })
  assert.equal(world.sent.length, 64)
  for (const done of world.done.splice(0)) done(ACKNOWLEDGED)
  assert.equal(world.sent.length, 128)
})

test('the queue is bounded: what finds no room, and what is left at the end, is told whole', () => {
  const { made, world } = queue()
  for (let n = 0; n < LIMITS.maxAccountingRecords + 3; n++) made.callStarted({ ...CALL, sessionId: `s${n}` })
  assert.equal(made.size, LIMITS.maxAccountingRecords)
  assert.equal(world.lost.length, 3)
  assert.equal(world.lost[0]?.user, 'alice@example.test')
  made.close()
  assert.equal(world.lost.length, 3 + LIMITS.maxAccountingRecords)
  made.callEnded(CALL, 'shutdown', 1_000_000)
  assert.equal(world.lost.at(-1)?.status, STATUS.stop)
})
